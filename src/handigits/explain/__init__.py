"""Why a digit was read as it was, and what a network has learnt. Start with `explain`.

    occlusion.py   what happens to the answer when a part of the ink is covered; any model
    saliency.py    which pixels speak for a digit, and which against it: integrated gradients
    layers.py      filters of the first layer, feature maps, nearest training digits
    dreams.py      pictures that a network takes for each digit, drawn by itself

All but occlusion look inside, and need PyTorch and a run's weights. A picture explains what a model does, and is no
proof that it does so for good reasons.
"""

from handigits.explain.explaining import Explanation, Inside, explain
from handigits.explain.occlusion import Occlusion, occlude

__all__ = ["Explanation", "Inside", "Occlusion", "explain", "occlude"]
