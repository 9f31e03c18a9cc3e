"""Limit how often runs start: one for each report on a normal day, shared runs when there are many reports."""

import time
from collections.abc import Callable


class TokenBucket:
    """A token bucket: limits starts at once, and starts a minute on average.

    Prefect stores some forty rows for each run. Without a limit, twenty reports a second would make five runs a second,
    and fill its database with rows that no operator reads.

    Args:
        per_minute: starts a minute on average, and at once.
        clock: seconds, monotonic.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = per_minute
        self._per_s = per_minute / 60
        self._clock = clock
        self._tokens = self._most
        self._at = clock()

    def wait_s(self) -> float:
        """Seconds until a run can start; 0 for now."""
        self._fill()
        return max(0.0, (1 - self._tokens) / self._per_s)

    def take(self) -> None:
        """Count the start of a run. Only call this if ``wait_s`` is 0."""
        self._fill()
        self._tokens = max(0.0, self._tokens - 1)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_s)
        self._at = now
