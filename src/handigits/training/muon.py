"""Muon: steps of one size in every direction for filters, Adam for everything else.

The gradient of a convolution's filters, taken as a matrix, is replaced by the nearest orthogonal one, so that
directions that are rarely asked for learn as fast as the loud ones.

Reference: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

__all__ = ["Muon"]

_ITERATIONS = 3
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic, from the reference


class Muon(Optimizer):
    """Muon for the filters, Adam for the other parameters, one learning-rate schedule for both.

    Args:
        filters: parameters of convolutions, (O, I, H, W).
        others: all other parameters.
        lr: Adam's learning rate.
        filters_lr: Muon's step at that learning rate; it follows the schedule of `lr`.
        momentum: of the filters' gradients (Nesterov).
        betas: Adam's.
    """

    def __init__(
        self,
        filters: Iterable[nn.Parameter],
        others: Iterable[nn.Parameter],
        *,
        lr: float,
        filters_lr: float,
        momentum: float,
        betas: tuple[float, float],
    ) -> None:
        groups = [{"params": list(filters), "is_filters": True}, {"params": list(others), "is_filters": False}]
        defaults = {"lr": lr, "filters_per_lr": filters_lr / lr, "momentum": momentum, "betas": betas, "eps": 1e-8}
        super().__init__([group for group in groups if group["params"]], defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every parameter from its gradient; `closure` is not supported and must be None."""
        assert closure is None
        for group in self.param_groups:
            update = self._step_filters if group["is_filters"] else self._step_others
            update(group, [parameter for parameter in group["params"] if parameter.grad is not None])

    def _step_filters(self, group: dict[str, Any], parameters: list[Tensor]) -> None:
        for parameter in parameters:
            assert parameter.grad is not None
            state = self.state[parameter]
            if not state:
                state["momentum"] = torch.zeros_like(parameter)
            momentum = state["momentum"].mul_(group["momentum"]).add_(parameter.grad)
            direction = parameter.grad.add(momentum, alpha=group["momentum"])
            matrix = direction.permute(0, 2, 3, 1).flatten(1)  # (O, H * W * I): no copy in channels-last memory
            orthogonal = _orthogonalize(matrix) * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
            height, width = parameter.shape[2:]
            step = orthogonal.unflatten(1, (height, width, -1)).permute(0, 3, 1, 2)
            parameter.add_(step, alpha=-group["lr"] * group["filters_per_lr"])

    def _step_others(self, group: dict[str, Any], parameters: list[Tensor]) -> None:
        """Adam, all parameters at once. D. Kingma and J. Ba, "Adam", 2015."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        for parameter in parameters:
            if not self.state[parameter]:
                zeros = torch.zeros_like(parameter)
                self.state[parameter] = {"step": torch.tensor(0.0), "mean": zeros, "square": zeros.clone()}
        states = [self.state[parameter] for parameter in parameters]
        means, squares = [state["mean"] for state in states], [state["square"] for state in states]
        for state in states:
            state["step"] += 1
        steps = states[0]["step"].item() if states else 1.0
        first, second = group["betas"]
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        scales = torch._foreach_div(squares, 1 - second**steps)
        torch._foreach_sqrt_(scales)
        torch._foreach_add_(scales, group["eps"])
        torch._foreach_addcdiv_(parameters, means, scales, -group["lr"] / (1 - first**steps))


def _orthogonalize(matrix: Tensor) -> Tensor:
    """Pull all singular values of a matrix (M, N) towards 1, by Newton-Schulz iterations of a quintic.

    Each iteration multiplies X by a polynomial of XX', and so XX' by that polynomial's square. Hence only the small XX'
    is iterated, and X itself is multiplied once.
    """
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if is_tall else matrix
    x = x / (x.norm() + 1e-7)
    gram = x @ x.T
    factor = product = _polynomial(gram)
    for _ in range(_ITERATIONS - 1):
        gram = factor @ gram @ factor
        factor = _polynomial(gram)
        product = factor @ product
    orthogonal: Tensor = product @ x
    return orthogonal.T if is_tall else orthogonal


def _polynomial(gram: Tensor) -> Tensor:
    """What an iteration multiplies X by, of XX' (M, M)."""
    a, b, c = _COEFFICIENTS
    result: Tensor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
    result.diagonal().add_(a)
    return result
