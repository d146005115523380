"""Measurements that take minutes: what the README and `handigits recipes` claim comes from here.

Each file is one command, `python -m benchmarks.NAME`, and writes `benchmarks/results/NAME.json` with the machine it
ran on. `python -m benchmarks` runs them all, and then `benchmarks.readme` writes their numbers into README.md.

    recipes            every recipe over several seeds
    time_to_accuracy   our recipes against PyTorch's and Keras's own examples
    epoch_time         one epoch of `sgd-2conv` against the same network in Keras
    inference          reading speed against PyTorch and Keras with the same weights
    scaling            time and memory by number of images and by width
    serve              the HTTP service under steady load, and under more than it can do
    strings            rows of digits: how many are read without a mistake
    ink                from bytes to the input: time, and MNIST unharmed
    fuzz               damaged pictures: each is read or refused, and nothing else happens

`peers` and `ours` hold the programs that are measured, each run in a process of its own.
"""
