"""A Ray to work with: one of this machine's own that ends with the block, or a cluster that runs already."""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from handigits.errors import MissingExtraError, RunError

__all__ = ["connect", "require_ray"]

_PATIENCE = 10.0  # seconds for a head to answer; Ray itself would wait for a quarter of an hour
_TOKEN = Path("~/.ray/auth_token")


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
    if address is not None:
        _knock(address)
    # Asked for nothing, sends nothing; and a trial finds its runs where the command was called, not in Ray's folders.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_CHDIR_TO_TRIAL_DIR": "0", "RAY_AIR_NEW_OUTPUT": "0"}
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what is wrong comes as an exception too
    if address is not None:
        _take_token()
    import ray
    import ray.data  # sets up its logging, which is set up anew here

    for name in ("ray.data", "ray.tune"):
        logging.getLogger(name).setLevel(logging.ERROR)

    local = {"num_cpus": cpus, "include_dashboard": False} if address is None else {}
    try:
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **local)
    except Exception as err:  # that is what Ray raises where a busy machine does not get it started in half a minute
        reason = next(iter(str(err).splitlines()), type(err).__name__)  # further lines are Ray's own traceback
        if address is None:
            raise RunError(f"Ray could not be started on this machine ({reason}); try the same command again.") from err
        raise RunError(
            f"Ray at {address} cannot be used ({reason}); "
            "see that `ray start --head` runs there and that its token is known here."
        ) from err
    with _last_word(address):
        try:
            yield int(ray.cluster_resources().get("CPU", 1))
        finally:
            ray.shutdown()


@contextmanager
def _last_word(address: str | None) -> Iterator[None]:
    """Have another process say what happened if this one is ended within the block.

    Ray ends a process that has been cut off from its cluster for a minute, by `_exit` and without a word.
    """
    what = "Ray ended" if address is None else f"Ray at {address} went away"
    text = f"handigits: this command was killed, or {what}; the same command goes on from what was finished."
    code = "import sys; sys.stdin.read() or print(sys.argv[1], file=sys.stderr)"
    command = [sys.executable, "-c", code, text]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True) as other:
        try:
            yield
        finally:
            other.communicate(b"all is well")


def _knock(address: str) -> None:
    """See that something listens at the address, before Ray tries for a long time."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if address in ("auto", "local"):
        return
    if not (colon and port.isdigit()):
        raise RunError(f"--address came with {address!r}; expected HOST:PORT, such as 10.0.0.5:6379, or auto.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError) as err:
        raise RunError(
            f"Nothing answers at {address} ({err}); start Ray there with `ray start --head --port {port}`."
        ) from err


def _take_token() -> None:
    """Show the cluster the token of this machine; unasked, Ray does so only where it found the cluster by itself."""
    if any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")) or _TOKEN.expanduser().exists():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
