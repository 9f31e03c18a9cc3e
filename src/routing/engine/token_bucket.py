"""How often runs may start: one for each report on an ordinary day, shared ones when reports keep coming."""

import time
from collections.abc import Callable


class TokenBucket:
    """A token bucket: so many starts at once, and so many a minute in the long run.

    Prefect keeps some forty rows for each run. Without a pace, twenty reports a second would make five runs a second,
    and its database would grow by what no operator ever reads.

    Args:
        per_minute: starts a minute in the long run, and at most at once.
        clock: seconds, monotonic.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = per_minute
        self._per_s = per_minute / 60
        self._clock = clock
        self._tokens = self._most
        self._at = clock()

    def wait_s(self) -> float:
        """Seconds until a run may start; 0 where it may now."""
        self._fill()
        return max(0.0, (1 - self._tokens) / self._per_s)

    def take(self) -> None:
        """A run starts; only where ``wait_s`` said that it may."""
        self._fill()
        self._tokens = max(0.0, self._tokens - 1)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_s)
        self._at = now
