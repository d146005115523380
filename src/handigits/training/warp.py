"""Move, turn, slant, stretch and bend a batch of images in one resampling.

With `fit`, digits come out as the normalisation of pictures hands them to a network: 20 pixels long, with the centre of
mass in the middle, however they were turned and bent. That is what a trained network will see.

Places are in pixels from the middle of the image, in the order x, y.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from handigits.config import AugmentConfig
from handigits.data.split import IMAGE_SIZE
from handigits.training.draws import Draws

__all__ = ["shift", "warp"]

_KNOTS = 5  # of the bend, along each side of the image
_BOX = 20  # pixels of the longer side of MNIST's digits
_CENTRE = 0.5  # where MNIST's centre of mass is, in pixels right of and below the middle
_EDGE_GAIN = 1.5  # ink of two thirds of the strongest reaches the edge of a box: boxes come out right within a pixel


def shift(images: Tensor, pixels: float, draws: Draws) -> Tensor:
    """Move each image by up to `pixels`, each way: by whole ones, or by parts of them where `pixels` is not whole."""
    if pixels % 1:
        return warp(images, AugmentConfig(shift=pixels), draws)
    reach, size = int(pixels), images.shape[-1]
    padded = functional.pad(images[:, 0], (reach,) * 4)  # (B, 28 + 2r, 28 + 2r)
    windows = padded.unfold(1, size, 1).unfold(2, size, 1)  # a view, (B, 2r + 1, 2r + 1, 28, 28)
    corners = draws.pairs(images, 2 * reach + 1).T
    return windows[torch.arange(len(images), device=images.device), corners[0], corners[1]].unsqueeze(1)


def warp(images: Tensor, config: AugmentConfig, draws: Draws) -> Tensor:
    """Vary where the ink lies.

    Args:
        images: float32 (B, 1, 28, 28) in [0, 1].
        config: `shift`, `rotate`, `scale`, `shear`, `stretch`, `elastic`, `fit` and `cubic` are taken from it.
        draws: the only source of randomness.
    """
    angle = draws.uniform(images, -1, 1) * math.radians(config.rotate)
    zoom = 1 + draws.uniform(images, -1, 1) * config.scale
    slant = draws.uniform(images, -1, 1) * config.shear
    move = torch.cat([draws.uniform(images, -1, 1) * config.shift for _ in "xy"], 3).view(-1, 2, 1)
    wide = (1 + config.stretch) ** draws.uniform(images, -1, 1) if config.stretch else torch.ones_like(zoom)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    matrix = torch.cat([cos, slant * cos - sin, sin, slant * sin + cos], 3).view(-1, 2, 2)
    matrix = matrix / torch.cat([wide.sqrt(), 1 / wide.sqrt()], 3).view(-1, 2, 1)
    knots = None
    if config.elastic:
        knots = draws.randn(images, 2, _KNOTS, _KNOTS) * config.elastic

    places = _axis(images.shape[-1], images).expand(len(images), 2, -1)  # of the columns and of the rows of the result
    if not config.fit:
        # A move is one of the paper, not of the hand: it is neither turned nor zoomed.
        return _sample(images, _origins(places, matrix, knots) + move.view(-1, 1, 1, 2), cubic=config.cubic)
    length, centre = _foresee(images, matrix, knots)
    places = (places - _CENTRE - move) * (length / (_BOX * zoom.view(-1, 1, 1))) + centre
    return _sample(images, _origins(places, matrix, knots), cubic=config.cubic)


def _axis(size: int, like: Tensor) -> Tensor:
    """Places of pixels in a row of so many, from the middle: -13.5 to 13.5 for 28."""
    return torch.arange(size, device=like.device, dtype=like.dtype) - (size - 1) / 2


def _origins(places: Tensor, matrix: Tensor, knots: Tensor | None) -> Tensor:
    """Where the ink of each pixel comes from, (B, N, N, 2).

    Args:
        places: of the columns and of the rows, (B, 2, N).
        matrix: (B, 2, 2), applied to every place.
        knots: of the displacement that is added, (B, 2, 5, 5).
    """
    columns, rows = places[:, 0], places[:, 1]
    x = matrix[:, :, 0, None, None] * columns[:, None, None, :]
    origins = x + matrix[:, :, 1, None, None] * rows[:, None, :, None]  # (B, 2, N, N)
    if knots is not None:
        between = (places / (IMAGE_SIZE - 1) + 0.5).clamp(0, 1) * (_KNOTS - 1)
        weights = _cubic(between)  # (B, 2, N, 5)
        origins += weights[:, None, 1] @ knots @ weights[:, None, 0].mT
    return origins.permute(0, 2, 3, 1)


def _cubic(places: Tensor) -> Tensor:
    """Weights of cubic interpolation, (..., 5), at places (...) between 0, the first knot, and 4, the last.

    Reference: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    away = (places.unsqueeze(-1) - torch.arange(_KNOTS, device=places.device)).abs()
    near = (1.5 * away - 2.5) * away**2 + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    return torch.where(away < 1, near, torch.where(away < 2, far, 0))


def _sample(images: Tensor, origins: Tensor, *, cubic: bool = False) -> Tensor:
    """Take each pixel (B, N, N) from its origin (B, N, N, 2); beyond the border there is no ink."""
    unit = 2 / IMAGE_SIZE  # a pixel in the sampler's coordinates, which run from -1 to 1
    if not cubic:
        return functional.grid_sample(images, origins * unit, align_corners=False)
    return functional.grid_sample(images, origins * unit, mode="bicubic", align_corners=False).clamp(0, 1)


def _foresee(images: Tensor, matrix: Tensor, knots: Tensor | None) -> tuple[Tensor, Tensor]:
    """How long the ink will be, (B, 1, 1), and where its centre of mass, (B, 2, 1), seen on images of half the size.

    The length is that of the longer side of the box. Without ink the image is left where it is.
    """
    rows = images[..., ::2, :] + images[..., 1::2, :]
    half = (rows[..., ::2] + rows[..., 1::2]) / 4  # (B, 1, 14, 14)
    axis = _axis(half.shape[-1], half) * 2
    image = _sample(half, _origins(axis.expand(len(half), 2, -1), matrix, knots))[:, 0]
    profile = torch.stack([image.amax(1), image.amax(2)], 1)  # (B, 2, 14)
    peak = profile.amax((1, 2), keepdim=True).clamp(min=1e-6)
    profile = (profile / peak * _EDGE_GAIN).clamp(max=1)
    from_left, from_right = profile.cummax(2)[0], profile.flip(2).cummax(2)[0].flip(2)
    length = 2 * torch.minimum(from_left, from_right).sum(2).amax(1)  # gaps belong to the box
    mass = torch.stack([image.sum(1), image.sum(2)], 1)
    total = mass.sum(2, keepdim=True)
    centre = torch.where(total > 0, (mass * axis).sum(2, keepdim=True) / total, _CENTRE)
    return torch.where(length > 0, length, _BOX).view(-1, 1, 1), centre
