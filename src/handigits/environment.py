"""The machine and the versions that a result came from: `environment.json`.

Names no user, host or path.
"""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe_environment", "is_first_process", "usable_cores"]

_PACKAGES = ("handigits", "torch", "numpy", "onnxruntime", "onnx", "opencv-python-headless", "pillow")


def describe_environment() -> dict[str, object]:
    """Processor, cores, operating system, Python, and the versions of the packages that matter, as JSON takes them."""
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def usable_cores() -> int:
    """Cores that this process may use, which in a container is fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_first_process() -> bool:
    """Whether this process speaks and writes: of those that torchrun started together, the first; else, this one."""
    return "TORCHELASTIC_RUN_ID" not in os.environ or os.environ.get("RANK", "0") == "0"


def _processor() -> str:
    """The processor's name with the features that decide the speed of training."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = values.get("flags", "").split()
    features = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if name in flags]
    return " ".join([values.get("model name", platform.machine()), *([f"({', '.join(features)})"] if features else [])])


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
