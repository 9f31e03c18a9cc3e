"""Benchmarks: figures with the machine they were seen on, never a timed test."""
