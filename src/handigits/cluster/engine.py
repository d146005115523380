"""A Ray to work with: one of this machine's own that ends with the block, or a cluster that runs already."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from handigits.errors import MissingExtraError, RunError

__all__ = ["connect", "require_ray"]


def require_ray() -> None:
    """See that the extra is installed, before anything is begun.

    Raises:
        MissingExtraError: it is not.
    """
    missing = [name for name in ("ray", "pyarrow", "optuna") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"--engine ray needs {' and '.join(missing)}, which is not installed: pip install 'handigits[cluster]'. "
            "Without it, leave --engine out."
        )


@contextmanager
def connect(address: str | None, *, cpus: int | None = None) -> Iterator[int]:
    """Join a cluster, or start one on this machine alone, for as long as the block lasts.

    Args:
        address: of a cluster's head, such as `10.0.0.5:6379` or `auto`; None: this machine.
        cpus: how many cores to use where it is this machine; None: all.

    Yields:
        How many cores there are.

    Raises:
        RunError: nothing answers at the address.
    """
    # Asked for nothing, sends nothing; and a trial finds its runs where the command was called, not in Ray's folders.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_CHDIR_TO_TRIAL_DIR": "0", "RAY_AIR_NEW_OUTPUT": "0"}
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what is wrong comes as an exception too
    import ray

    for name in ("ray.data", "ray.tune"):
        logging.getLogger(name).setLevel(logging.ERROR)

    local = {"num_cpus": cpus, "include_dashboard": False} if address is None else {}
    try:
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **local)
    except (ConnectionError, TimeoutError, ValueError, RuntimeError) as err:
        where = address or "this machine"
        raise RunError(
            f"Ray at {where} cannot be used ({err}); "
            "see that `ray start --head` runs there and that its token is known here."
        ) from err
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        ray.shutdown()
