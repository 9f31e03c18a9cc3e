"""A judge of definitions that shares nothing with the loader and its proofs.

It reads the same TOML, and says whether a process of stages is sound, by other means: keys and types from a table of
its own, every combination of answers instead of a decision tree, real numbers and days around each border instead of
names of bands, a fixpoint over ways instead of an order of the graph, states taken away from the ends instead of a
search for circles, and cases that it plays with a clock of its own. It is slow, and it need not say what to change.
"""
