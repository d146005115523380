"""Optimisers and learning-rate schedules, from a `TrainConfig`."""

import math

import torch
from torch import nn
from torch.optim import Optimizer

from handigits.config import TrainConfig
from handigits.training.muon import Muon

__all__ = ["build_optimizer", "learning_rate"]


def build_optimizer(model: nn.Module, config: TrainConfig) -> Optimizer:
    """The optimiser that `config` names, in torch's fused form where there is one.

    Weight decay acts on the filters and matrices alone; biases and batch-norm parameters are one-dimensional.
    """
    weights = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    match config.optimizer:
        case "sgd":
            return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=config.nesterov, fused=True)
        case "adam":
            return torch.optim.Adam(groups, lr=config.lr, betas=config.betas, fused=True)
        case "adamw":
            return torch.optim.AdamW(groups, lr=config.lr, betas=config.betas, fused=True)
        case "adadelta":
            return torch.optim.Adadelta(groups, lr=config.lr, rho=0.95, eps=1e-7)
        case "muon":
            filters = [weight for weight in weights if weight.ndim == 4]
            others = [weight for weight in weights if weight.ndim != 4] + vectors
            return Muon(
                filters,
                others,
                lr=config.lr,
                filters_lr=config.muon_lr,
                momentum=config.momentum,
                betas=config.betas,
            )


def learning_rate(config: TrainConfig, progress: float) -> float:
    """The learning rate at a point of the training.

    A linear climb over the first `warmup` of the training, then the schedule. `cosine` and `one-cycle` (linear) end at
    exactly zero.

    Args:
        config: names the schedule.
        progress: share of the training that is done, 0 to 1.

    Example:
        >>> config = TrainConfig(lr=1.0, schedule="one-cycle", warmup=0.2)
        >>> [round(learning_rate(config, progress), 3) for progress in (0, 0.1, 0.2, 0.6, 1)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if progress < config.warmup:
        return config.lr * progress / config.warmup
    decay = (progress - config.warmup) / (1 - config.warmup) if config.warmup < 1 else 0.0
    match config.schedule:
        case "constant":
            return config.lr
        case "step":
            drops = int(progress * config.epochs + 1e-9) // config.lr_step_epochs
            return config.lr * config.lr_step_factor**drops
        case "cosine":
            return config.lr * 0.5 * (1 + math.cos(math.pi * min(decay, 1)))
        case "one-cycle":
            return config.lr * max(0.0, 1 - decay)
