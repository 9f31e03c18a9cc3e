"""Every reader of what comes from outside, given mutated input: it reads it, or refuses it with an error of ours.

``python -m tests.fuzz`` is the campaign (CONTRIBUTING.md); ``test_fuzz.py`` a small part of it.
"""
