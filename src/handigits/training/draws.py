"""Random numbers for the images of a batch, of which this process may hold but a part."""

from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

__all__ = ["Draws"]


@dataclass(frozen=True)
class Draws:
    """What augmentation draws from.

    Numbers are drawn for the whole batch, and those of the part are handed out. So an image is varied in the same way
    in whichever process it is.

    Attributes:
        generator: on the CPU; the only source of randomness.
        size: images in the whole batch; none: those that are here are all.
        part: where in the batch those stand that are here.
    """

    generator: Generator
    size: int | None = None
    part: slice = field(default_factory=lambda: slice(None))

    def uniform(self, images: Tensor, low: float, high: float) -> Tensor:
        """One draw for each image, float32 (B, 1, 1, 1)."""
        return self._own(torch.empty(self._size(images), 1, 1, 1).uniform_(low, high, generator=self.generator), images)

    def rand(self, images: Tensor, *sizes: int) -> Tensor:
        """Uniform in [0, 1), float32 (B, *sizes)."""
        return self._own(torch.rand(self._size(images), *sizes, generator=self.generator), images)

    def randn(self, images: Tensor, *sizes: int) -> Tensor:
        """Normal, float32 (B, *sizes)."""
        return self._own(torch.randn(self._size(images), *sizes, generator=self.generator), images)

    def pairs(self, images: Tensor, below: int) -> Tensor:
        """Two whole numbers from 0 up to, not including, `below`, int64 (B, 2)."""
        return self._own(torch.randint(below, (2, self._size(images)), generator=self.generator).T, images)

    def _size(self, images: Tensor) -> int:
        return len(images) if self.size is None else self.size

    def _own(self, draws: Tensor, images: Tensor) -> Tensor:
        return draws[self.part].to(images.device)
