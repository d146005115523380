"""Measurements that take minutes: what the README and `handigits recipes` claim comes from here.

Each file is one command, `python -m benchmarks.NAME`, and writes `benchmarks/results/NAME.json` with the machine it
ran on. `python -m benchmarks` runs all but the last four, and then `benchmarks.readme` writes the numbers of all into
README.md.

    recipes            every recipe over several seeds
    accuracy           the highest accuracy on MNIST, and what each thing is worth to it
    labels             how many disputed labels `handigits labels` shows first
    time_to_accuracy   our recipes against PyTorch's and Keras's own examples
    epoch_time         one epoch of `sgd-2conv` against the same network in Keras
    inference          reading speed against PyTorch and Keras with the same weights
    scaling            time and memory by number of images and by width
    exports            every export format: size, answers, speed of its runtime
    serve              the HTTP service under steady load, and under more than it can do
    pad                the drawing pad: from the end of a stroke to the answer on the page
    strings            rows of digits: how many are read without a mistake
    cut_out            digits without a margin, as other datasets hold them
    ink                from bytes to the input: time, and MNIST unharmed
    fuzz               damaged pictures: each is read or refused, and nothing else happens
    distributed        one training by one process and by two
    cluster            `predict --engine ray` against the plain command; needs Ray
    hands              digits of handwritten typefaces, in four sizes; needs npm
    gate               trains the gate that ships, and measures what it lets in
    sizing             what far more would cost, worked out from `cluster`

`peers` and `ours` hold the programs that are measured, each run in a process of its own; `typefaces` fetches the
handwriting that `gate` learns letters from.
"""
