"""The machine that training runs on: device, arithmetic, threads, memory.

Everything here only makes training faster. Where something is missing (no glibc, no bf16 hardware, one core) the plain
way is taken, and the results are the same within noise.
"""

import ctypes
import platform
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from handigits.config import Device, Precision, TrainConfig
from handigits.environment import usable_cores
from handigits.errors import ConfigError
from handigits.training.distributed import ALONE, Processes

__all__ = ["Engine", "prepare_engine"]

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_KEEP_BYTES = 2**30


@dataclass(frozen=True)
class Engine:
    """Where and how the arithmetic runs.

    Attributes:
        device: torch's device.
        precision: `bf16` multiplies in bf16 and keeps weights and sums in fp32; `fp32` is fp32 throughout.
        threads: CPU threads, of each process.
        processes: who takes part.
    """

    device: torch.device
    precision: Literal["fp32", "bf16"]
    threads: int
    processes: Processes = ALONE

    def autocast(self) -> AbstractContextManager[None]:
        """The context in which forward passes run."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def prepare_engine(config: TrainConfig, processes: Processes = ALONE) -> Engine:
    """Choose device, precision and threads, and set the process up for them.

    Several processes on a machine share its cores, and take one GPU each.

    Raises:
        ConfigError: the device that was asked for is not there, or not for so many processes.
    """
    _keep_freed_memory()
    threads = config.threads or max(1, usable_cores() // processes.local_count)
    torch.set_num_threads(threads)
    device = _own_device(_choose_device(config.device), processes)
    return Engine(device, _choose_precision(config.precision, device), threads, processes)


def _keep_freed_memory() -> None:
    """Tell glibc to keep freed memory for the next step instead of handing it back to the kernel.

    Activations of many megabytes are freed and allocated again in every step; left alone, each is mapped and unmapped
    anew, and the page faults cost more than the arithmetic: a step of `two-conv` at batch 32 takes 27 ms instead of 52.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, _KEEP_BYTES)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)


def _choose_device(wanted: Device) -> torch.device:
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))
    if not available[wanted]:
        there = ", ".join(name for name, usable in available.items() if usable)
        raise ConfigError(f"device {wanted} is not available to this torch ({torch.__version__}); available: {there}.")
    return torch.device(wanted)


def _own_device(device: torch.device, processes: Processes) -> torch.device:
    """The device that one of several processes takes."""
    if processes.count == 1 or device.type == "cpu":
        return device
    there = torch.cuda.device_count() if device.type == "cuda" else 0
    if processes.local_count > there:
        raise ConfigError(
            f"{processes.local_count} processes on this machine, and {there} CUDA devices, of which each needs one. "
            "Start fewer with --nproc-per-node, or train with --device cpu."
        )
    torch.cuda.set_device(processes.local_rank)
    return torch.device("cuda", processes.local_rank)


def _choose_precision(wanted: Precision, device: torch.device) -> Literal["fp32", "bf16"]:
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    # Of CPUs, only those that multiply it in hardware: where bf16 is emulated, it is five times slower than fp32.
    return "bf16" if device.type == "cpu" and _multiplies_bf16() else "fp32"


def _multiplies_bf16() -> bool:
    """By a matrix unit, or by dot products of vectors: a step of `accurate` takes 34 ms with these, and 54 in fp32."""
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
