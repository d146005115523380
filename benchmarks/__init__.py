"""Measurements that take minutes: what the README and `handigits recipes` claim comes from here.

Each file is one command, `python -m benchmarks.NAME`, and writes `benchmarks/results/NAME.json` with the machine it
ran on. `python -m benchmarks` runs them all.
"""
