"""One training by several processes: those that `torchrun` started, each with a part of every batch.

What comes out is what one process would have made of the same batches, but for the order in which numbers are added.
Gradients are summed over the processes; batch norm takes its mean and variance over the whole batch; dropout and
augmentation draw for the whole batch and keep their part. Weights and statistics are then the same in all processes, so
that one of them, the first, can do all the writing.

Deliberately absent: the starting, watching and restarting of processes, which is torchrun's; the sharing out of weights
or optimiser states, which networks of this size do not need; and torch's `DistributedDataParallel`, which keeps gloo's
threads alive beyond `destroy_process_group`, so that now and then a process aborts when it ends (torch 2.13).
"""

import copy
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

import torch
import torch.distributed as dist
from torch import nn

from handigits.models.layers import Dropout
from handigits.training.shared_layers import SharedBatchNorm, SharedDropout

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

__all__ = ["ALONE", "Processes", "join_processes"]

_T = TypeVar("_T")
_PATIENCE = 0.05


class Processes:
    """The processes of a training. Of a single one, all methods return what they are given.

    Attributes:
        rank: which of them this is, from 0.
        count: how many there are, on all machines.
        local_rank, local_count: the same on this machine alone.
        restarts: how often torchrun has started all of them anew.
    """

    def __init__(
        self, *, rank: int = 0, count: int = 1, local_rank: int = 0, local_count: int = 1, restarts: int = 0
    ) -> None:
        self.rank, self.count = rank, count
        self.local_rank, self.local_count = local_rank, local_count
        self.restarts = restarts
        self._batch = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.rank == 0

    def part(self, size: int) -> slice:
        """This process's part of so many things: the parts follow each other and differ by one at most."""
        return slice(size * self.rank // self.count, size * (self.rank + 1) // self.count)

    def take(self, size: int) -> slice:
        """This process's part of a batch of so many images, which dropout goes by from now on."""
        self._batch = size
        return self.part(size)

    @property
    def batch(self) -> tuple[int, slice]:
        """The size of the batch that was taken last, and this process's part of it."""
        return self._batch, self.part(self._batch)

    def sum(self, *values: float) -> list[float]:
        """Each value summed over all processes."""
        if self.count == 1:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(sums)
        return cast(list[float], sums.tolist())

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process."""
        return self.sum(flag)[0] > 0

    def agree(self, value: float) -> float:
        """The first process's value."""
        return self.sum(value if self.is_first else 0.0)[0]

    def ask_first(self, question: Callable[[], _T]) -> _T:
        """What the first process answers; the others are not asked."""
        if self.count == 1:
            return question()
        answer = [question() if self.is_first else None]
        dist.broadcast_object_list(answer, src=0)
        return cast(_T, answer[0])

    def share(self, model: nn.Module) -> nn.Module:
        """The network to call in training: on this process's part of a batch it acts as `model` would on all of it.

        It has the weights and buffers of `model`, not copies. `model` stays as it is, to be measured and kept.
        """
        if self.count == 1:
            return model
        tensors = [*model.parameters(), *model.buffers()]
        shared = copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})
        for layer in shared.modules():
            for name, inner in layer.named_children():
                if isinstance(inner, nn.BatchNorm2d):
                    setattr(layer, name, SharedBatchNorm.of(inner))
                elif isinstance(inner, Dropout):
                    setattr(layer, name, SharedDropout(inner, lambda: self.batch))
        return shared

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace the gradient of every weight by its sum over all processes."""
        if self.count == 1:
            return
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(whole)
        parts = torch.split(whole, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    @contextmanager
    def in_contact(self) -> Iterator[None]:
        """Say plainly what torch says in many words: that another process is gone.

        Raises:
            ConnectionError: it is.
        """
        try:
            yield
        except RuntimeError as err:
            if self.count == 1 or not (isinstance(err, dist.DistError) or "gloo" in str(err)):
                raise
            raise ConnectionError(
                f"Process {self.rank} of {self.count} waited for another one, which has ended; look for its message"
            ) from err


ALONE = Processes()
"""No other process."""


@contextmanager
def join_processes() -> Iterator[Processes]:
    """Within the block, work together with the other processes that torchrun started; alone where it started none."""
    if not dist.is_available() or not dist.is_torchelastic_launched():
        yield ALONE
        return
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT")
    rank, count, local_rank, local_count, restarts = (int(os.environ[name]) for name in names)
    processes = Processes(rank=rank, count=count, local_rank=local_rank, local_count=local_count, restarts=restarts)
    if count == 1:
        yield processes
        return
    with processes.in_contact():
        store, _, _ = next(dist.rendezvous("env://"))  # type: ignore[attr-defined]
        # torchrun keeps one store through all restarts, in which the addresses of the processes before still stand.
        store = dist.PrefixStore(f"start {restarts}", store)  # type: ignore[attr-defined]
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=count)
        try:
            yield processes
            _leave_together(store, count)
        finally:
            dist.destroy_process_group()


def _leave_together(store: "Store", count: int) -> None:
    """Wait for the others: a process that closed its sockets early would look dead to one that still reads from them.

    Through the store, which is torchrun's, for a collective call would have the same trouble at its own end.
    """
    store.add("left", 1)
    while store.add("left", 0) < count:
        time.sleep(_PATIENCE)
