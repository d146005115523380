"""Variations of training images, each for a whole batch at once, each drawn from an explicit generator.

All of them keep a digit the digit it is, at the strengths that the recipes use. A flip does not: it is there for those
who train on other things than digits, and `workflow.train` warns about it.
"""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

from handigits.config import AugmentConfig

__all__ = ["augment"]

_BORDER = 3
_ELASTIC_KNOTS = 5


def augment(images: Tensor, config: AugmentConfig, generator: Generator) -> Tensor:
    """Vary a batch of images.

    Args:
        images: float32 (B, 1, 28, 28) in [0, 1], white ink on black.
        config: what to vary and how far.
        generator: a CPU generator, the only source of randomness.

    Returns:
        A new batch of the same shape and range; `images` itself where nothing is to be varied.
    """
    if config.rotate or config.scale or config.shear or config.elastic or config.shift % 1:
        images = _warp(images, config, generator)
    elif config.shift:
        images = _shift(images, int(config.shift), generator)
    if config.thickness:
        images = _thicken(images, config.thickness, generator)
    if config.erase:
        images = _erase(images, config.erase, generator)
    if config.flip:
        images = torch.where(_uniform(images, generator, 0, 1) < 0.5, images.flip(3), images)
    return images


def _uniform(images: Tensor, generator: Generator, low: float, high: float) -> Tensor:
    """One draw for each image, float32 (B, 1, 1, 1)."""
    draws = torch.empty(len(images), 1, 1, 1).uniform_(low, high, generator=generator)
    return draws.to(images.device)


def _shift(images: Tensor, pixels: int, generator: Generator) -> Tensor:
    """Move each image by whole pixels: a window at a random place of the padded image."""
    size = images.shape[-1]
    padded = functional.pad(images[:, 0], (pixels,) * 4)  # (B, 28 + 2p, 28 + 2p)
    windows = padded.unfold(1, size, 1).unfold(2, size, 1)  # a view, (B, 2p + 1, 2p + 1, 28, 28)
    corners = torch.randint(2 * pixels + 1, (2, len(images)), generator=generator).to(images.device)
    return windows[torch.arange(len(images), device=images.device), corners[0], corners[1]].unsqueeze(1)


def _warp(images: Tensor, config: AugmentConfig, generator: Generator) -> Tensor:
    """Rotate, scale, shear, shift and bend in one bilinear resampling.

    Reference: P. Simard et al., "Best practices for convolutional neural networks", 2003, for the elastic part.
    """
    size = images.shape[-1]
    unit = 2 / size  # a pixel in the sampler's coordinates, which run from -1 to 1
    angle = _uniform(images, generator, -1, 1) * math.radians(config.rotate)
    zoom = 1 + _uniform(images, generator, -1, 1) * config.scale
    slant = _uniform(images, generator, -1, 1) * config.shear
    right = _uniform(images, generator, -1, 1) * config.shift * unit
    down = _uniform(images, generator, -1, 1) * config.shift * unit
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    rows = [torch.cat([cos, slant * cos - sin, right], 3), torch.cat([sin, slant * sin + cos, down], 3)]
    grid = functional.affine_grid(torch.cat(rows, 2).squeeze(1), list(images.shape), align_corners=False)
    if config.elastic:
        knots = torch.randn(len(images), 2, _ELASTIC_KNOTS, _ELASTIC_KNOTS, generator=generator).to(images.device)
        bend = functional.interpolate(knots * config.elastic * unit, size=size, mode="bicubic", align_corners=True)
        grid = grid + bend.permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, align_corners=False)


def _thicken(images: Tensor, strength: float, generator: Generator) -> Tensor:
    """Blend each image with its 3x3 dilation (thicker pen) or erosion (thinner pen)."""
    amount = _uniform(images, generator, -1, 1) * strength
    dilated = functional.max_pool2d(images, 3, stride=1, padding=1)
    eroded = -functional.max_pool2d(-images, 3, stride=1, padding=1)
    return torch.lerp(images, torch.where(amount > 0, dilated, eroded), amount.abs())


def _erase(images: Tensor, probability: float, generator: Generator) -> Tensor:
    """Blank one rectangle of 3 to 8 pixels a side, anywhere but in the outer border, in some of the images."""
    size = images.shape[-1]
    axis = torch.arange(size, device=images.device)
    inside = []
    for shape in ((1, 1, size, 1), (1, 1, 1, size)):
        length = _uniform(images, generator, 3, 9).floor()
        start = (_BORDER + _uniform(images, generator, 0, 1) * (size - 2 * _BORDER - length)).floor()
        position = axis.view(shape)
        inside.append((position >= start) & (position < start + length))
    erased = _uniform(images, generator, 0, 1) < probability
    return images.masked_fill(erased & inside[0] & inside[1], 0.0)
