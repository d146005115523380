"""Variations of training images, each for a whole batch at once, each from explicit draws.

All of them keep a digit the digit it is, at the strengths that the recipes use. A flip does not: it is there for those
who train on other things than digits, and `workflow.train` warns about it. How an image is moved and bent is in `warp`.
"""

import torch
from torch import Tensor
from torch.nn import functional

from handigits.config import AugmentConfig
from handigits.training.draws import Draws
from handigits.training.warp import shift, warp

__all__ = ["augment"]

_BORDER = 3
_GAP = (0.7, 2.2)  # pixels from the middle of a gap to its edge; strokes of MNIST are about three pixels wide
_FADE_KNOTS = 4
_STRAY_WIDTH = 1  # pixel of the finest stray stroke; the broadest is twice as broad
_COARSEST = 14  # pixels a side of the coarsest canvas: a digit on it is ten pixels high
_FEWEST = 11  # pixels a side of a picture that was small once: a digit in it is eight pixels high
_IS_INK = (0.3, 0.6)  # of the strongest coarse pixel, what counts as ink


def augment(images: Tensor, config: AugmentConfig, draws: Draws) -> Tensor:
    """Vary a batch of images.

    Resampling blurs, and what it is trained for is not blurred: `plain` keeps a share of the images as sharp as they
    are.

    Args:
        images: float32 (B, 1, 28, 28) in [0, 1], white ink on black.
        config: what to vary and how far.
        draws: the only source of randomness.

    Returns:
        A new batch of the same shape and range; `images` itself where nothing is to be varied.
    """
    varied = _vary(images, config, draws)
    if config.plain:
        moved = shift(images, int(config.shift), draws)
        varied = torch.where(draws.uniform(images, 0, 1) < config.plain, moved, varied)
    return varied


def _vary(images: Tensor, config: AugmentConfig, draws: Draws) -> Tensor:
    """The order is that of the world: a pen, a hand that moves it, what goes wrong on the paper, a camera, a canvas."""
    if config.thickness:
        images = _thicken(images, config.thickness, draws)
    if config.litter:
        images = _litter(images, config.litter, draws)
    if config.rotate or config.scale or config.shear or config.stretch or config.elastic or config.fit:
        images = warp(images, config, draws)
    elif config.shift:
        images = shift(images, config.shift, draws)
    if config.fade:
        images = _fade(images, config.fade, draws)
    if config.gaps:
        images = _break(images, config.gaps, draws)
    if config.erase:
        images = _erase(images, config.erase, draws)
    if config.pixelate:
        images = _pixelate(images, config.pixelate, draws)
    if config.coarse:
        images = _coarsen(images, config.coarse, draws)
    if config.blur:
        images = torch.lerp(images, _smooth(images), draws.uniform(images, 0, config.blur))
    if config.flip:
        images = torch.where(draws.uniform(images, 0, 1) < 0.5, images.flip(3), images)
    return images


def _thicken(images: Tensor, strength: float, draws: Draws) -> Tensor:
    """Blend each image with its 3x3 dilation (thicker pen) or erosion (thinner pen).

    Thin strokes are thinned less: an erosion that leaves hardly any ink is blended in by three times what it leaves.
    """
    amount = draws.uniform(images, -1, 1) * strength
    thinner = amount < 0
    before = torch.where(thinner, 1 - images, images)  # an erosion is a dilation of the paper
    after = _dilate(before)
    ink = images.sum((2, 3), keepdim=True).clamp(min=1e-6)
    left = (1 - after).sum((2, 3), keepdim=True) / ink
    share = torch.where(thinner, torch.minimum(-amount, 3 * left), amount)
    blended = torch.lerp(before, after, share)
    return torch.where(thinner, 1 - blended, blended)


def _dilate(images: Tensor) -> Tensor:
    """The maximum of each 3x3 neighbourhood, from shifted views: a tenth of the time of `max_pool2d`."""
    padded = functional.pad(images, (1, 1, 1, 1))
    rows = torch.maximum(torch.maximum(padded[..., :-2, :], padded[..., 1:-1, :]), padded[..., 2:, :])
    return torch.maximum(torch.maximum(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])


def _litter(images: Tensor, probability: float, draws: Draws) -> Tensor:
    """Add a stray stroke to some of the images, most often a short one: what a neighbour, a rule or dirt leaves."""
    chosen = (draws.uniform(images, 0, 1) < probability).flatten()
    start, end, length, width, strength = (draws.rand(images, sizes, 1, 1)[chosen] for sizes in (2, 2, 1, 1, 1))
    size = images.shape[-1]
    along = (end - start) * length**2 * size
    axis = torch.arange(size, device=images.device)
    y, x = axis.view(-1, 1) - start[:, :1] * size, axis - start[:, 1:] * size  # (C, 1, 28, 1), (C, 1, 1, 28)
    dy, dx = along[:, :1], along[:, 1:]
    share = ((y * dy + x * dx) / (dy**2 + dx**2).clamp(min=1e-6)).clamp(0, 1)  # of the stroke, at the nearest point
    distance = ((y - share * dy) ** 2 + (x - share * dx) ** 2).sqrt()
    stroke = (_STRAY_WIDTH / 2 * (1 + width) + 0.5 - distance).clamp(0, 1) * strength
    littered = images.clone()
    littered[chosen] = torch.maximum(images[chosen], stroke)
    return littered


def _fade(images: Tensor, strength: float, draws: Draws) -> Tensor:
    """Take up to `strength` of the ink away, here more and there less."""
    knots = draws.rand(images, 1, _FADE_KNOTS, _FADE_KNOTS)
    places = torch.linspace(0, _FADE_KNOTS - 1, images.shape[-1], device=images.device)
    away = (places.unsqueeze(1) - torch.arange(_FADE_KNOTS, device=images.device)).abs()
    weights = (1 - away).clamp(min=0)  # (28, 4), of linear interpolation
    loss = weights @ knots @ weights.T  # (B, 1, 28, 28)
    return images * (1 - loss * draws.uniform(images, 0, strength))


def _break(images: Tensor, probability: float, draws: Draws) -> Tensor:
    """Leave a round gap in the ink of some of the images, where a pen did not write."""
    size = images.shape[-1]
    chosen = (draws.uniform(images, 0, 1) < probability).flatten()
    share = draws.uniform(images, 0, 1).flatten(1)
    radius = draws.uniform(images, *_GAP)[:, 0][chosen]  # (C, 1, 1)
    ink = images[chosen].flatten(1).cumsum(1)
    middle = torch.searchsorted(ink, share[chosen] * ink[:, -1:]).clamp(max=size * size - 1).unsqueeze(2)
    axis = torch.arange(size, device=images.device)
    distance = ((axis.view(-1, 1) - middle // size) ** 2 + (axis - middle % size) ** 2).sqrt()  # (C, 28, 28)
    broken = images.clone()
    broken[chosen] *= (distance - radius + 0.5).clamp(0, 1).unsqueeze(1)
    return broken


def _erase(images: Tensor, probability: float, draws: Draws) -> Tensor:
    """Blank one rectangle of 3 to 8 pixels a side, anywhere but in the outer border, in some of the images."""
    size = images.shape[-1]
    axis = torch.arange(size, device=images.device)
    inside = []
    for shape in ((1, 1, size, 1), (1, 1, 1, size)):
        length = draws.uniform(images, 3, 9).floor()
        start = (_BORDER + draws.uniform(images, 0, 1) * (size - 2 * _BORDER - length)).floor()
        position = axis.view(shape)
        inside.append((position >= start) & (position < start + length))
    erased = draws.uniform(images, 0, 1) < probability
    return images.masked_fill(erased & inside[0] & inside[1], 0.0)


def _pixelate(images: Tensor, probability: float, draws: Draws) -> Tensor:
    """Draw some of the images with the hard square pixels of a canvas, whose size is drawn once for the batch."""
    size = images.shape[-1]
    chosen = (draws.uniform(images, 0, 1) < probability).flatten()
    needed = draws.uniform(images, *_IS_INK)[chosen]
    canvas = int(torch.randint(_COARSEST, size + 1, (), generator=draws.generator))
    coarse = functional.interpolate(images[chosen], size=canvas, mode="bilinear", antialias=True)
    hard = (coarse > needed * coarse.amax((2, 3), keepdim=True)).to(images.dtype)
    drawn = images.clone()
    drawn[chosen] = functional.interpolate(hard, size=size, mode="nearest-exact")
    return drawn


def _coarsen(images: Tensor, probability: float, draws: Draws) -> Tensor:
    """Show some of the images as if they had been small once, by a size drawn once for the batch, and were enlarged."""
    size = images.shape[-1]
    chosen = (draws.uniform(images, 0, 1) < probability).flatten()
    small = int(torch.randint(_FEWEST, size, (), generator=draws.generator))
    shrunk = functional.interpolate(images[chosen], size=small, mode="bilinear", antialias=True)
    brightest = shrunk.amax((2, 3), keepdim=True).clamp(min=1e-6)
    coarse = images.clone()
    coarse[chosen] = functional.interpolate(shrunk / brightest, size=size, mode="bicubic").clamp(0, 1)
    return coarse


def _smooth(images: Tensor) -> Tensor:
    """Each image blurred by the weights 1 2 1 along rows and columns: a deviation of 0.7 pixels."""
    padded = functional.pad(images, (1, 1, 1, 1))
    rows = padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
