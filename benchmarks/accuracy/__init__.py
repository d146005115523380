"""The highest accuracy on MNIST's test set, by the rules that make it mean something.

    python -m benchmarks.accuracy                                       all of these, one after another: hours
    python -m benchmarks.accuracy seeds [RECIPE ...] [--seeds 1 2 3]    accuracy over seeds
    python -m benchmarks.accuracy distillation [RECIPE]                 of those seeds, taught by five others each
    python -m benchmarks.accuracy shifts [RECIPE]                       of those seeds, seeing each image five times
    python -m benchmarks.accuracy ensembles [RECIPE] [--members 5]      of those seeds, probabilities averaged
    python -m benchmarks.accuracy ablation [VARIANT ...]                what each thing is worth, held out

    seeds.py      one training after another, judged at its last epoch
    distillation.py  eight more epochs, with the answers of five other seeds for labels
    ensembles.py  fixed groups of those trainings
    ablation.py   `accurate` with one thing changed at a time

Every seed counts, at its last epoch; what was chosen was chosen on 5,000 held-out training images. Beside the accuracy
stands what the best epoch on the test set would have shown, which is what many published figures are, and the accuracy
without the disputed labels. Results go to `benchmarks/results/accuracy.json`.
"""

__all__ = ["NAME"]

NAME = "accuracy"
