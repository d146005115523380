"""Every limit of the service: a name, a default, a reason. The flags of `handigits serve` come from here."""

from dataclasses import dataclass, fields

from handigits.errors import ConfigError

__all__ = ["Limits"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one request, one client and all of them together may take.

    Raises:
        ConfigError: a limit is not above zero.
    """

    max_body_mb: float = 12.0
    """Largest body of a request, in MiB; a photo of a phone has 3 to 8. More gets 413."""
    max_pictures: int = 64
    """Most pictures in one request to /predict/batch. More gets 413."""
    max_megapixels: float = 100.0
    """Most pixels of the pictures of one such request together, in millions; a second or two of work. More gets 413."""
    max_held_mb: float = 48.0
    """Most memory for the bodies of all requests at one time, in MiB. Beyond it, requests get 503."""
    workers: int = 2
    """Threads that decode and recognise; more than the cores make nothing faster."""
    max_waiting: int = 64
    """Most requests that wait for a worker. Beyond them, requests get 503 at once."""
    max_wait_ms: float = 150.0
    """Longest wait for a worker, in milliseconds; then 503, or at once if it would be longer at the present pace."""
    request_seconds: float = 10.0
    """Longest time for a request to arrive, its head and its body each. Slower clients are cut off."""
    response_seconds: float = 30.0
    """Longest time for a client to take its answer."""
    idle_seconds: float = 5.0
    """How long a connection is kept open for the next request."""
    drain_seconds: float = 10.0
    """Longest wait for what is in flight once the service is told to stop; what a worker has begun it still ends."""
    max_connections: int = 500
    """Most connections at one time. More get 503."""
    max_corrections: int = 100_000
    """Most digits that are kept of corrections; each takes 1 kB, and each correction its picture. More get 507."""
    max_collected_mb: float = 500.0
    """Largest file of corrections, in MiB; a picture may have as much as a body. More get 507."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ConfigError(f"{field.name} is {value}; expected more than 0.")

    @property
    def max_body(self) -> int:
        """In bytes."""
        return round(self.max_body_mb * 2**20)

    @property
    def max_held(self) -> int:
        """In bytes."""
        return round(self.max_held_mb * 2**20)

    @property
    def max_collected(self) -> int:
        """In bytes."""
        return round(self.max_collected_mb * 2**20)
