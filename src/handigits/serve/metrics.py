"""Counts and times in the format of Prometheus.

Each service has a registry of its own, so that two in one process (as in tests) do not add up. Nothing here says what
was in a picture.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """What the service counts."""

    def __init__(
        self, *, waiting: Callable[[], float], working: Callable[[], float], held: Callable[[], float]
    ) -> None:
        """Args: what to ask for the current length of the queue, threads at work, and bytes of bodies held."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "handigits_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "handigits_request_seconds",
            "From the head of a request to the end of its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._pictures = Counter("handigits_pictures", "Pictures by outcome.", ("outcome",), registry=self._registry)
        for name, text, ask in (
            ("waiting", "Requests that wait for a worker.", waiting),
            ("working", "Workers that are busy.", working),
            ("held_bytes", "Memory that the bodies of requests take.", held),
        ):
            Gauge(f"handigits_{name}", text, registry=self._registry).set_function(ask)

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count one answer; `path` is one of the service's own, or "other"."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def count_picture(self, outcome: str) -> None:
        """Count one picture: "read", "abstained" or "unread"."""
        self._pictures.labels(outcome).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self._registry)
