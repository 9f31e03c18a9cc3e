"""How many reports one address, and one network, may begin and send in an hour; each process counts for itself."""

import ipaddress
import time

from fastapi import Request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from routing.errors import WaywardenError

NETWORK_FACTOR = 10
"""A network may do so many times what one address may: schools and mobile networks share addresses."""

ADDRESS_BITS = {4: 32, 6: 64}
"""What one household has: an address of version 4, a subnet of version 6."""

UNKNOWN = "192.0.2.0"
NETWORK_BITS = {4: 24, 6: 48}


class TooMany(WaywardenError):
    """An address, or its network, did so much in an hour that it has to wait.

    Attributes:
        wait_s: seconds after which it may come back.
    """

    code = "too-many"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many from here. Come back in {wait_s} seconds.")
        self.wait_s = wait_s


class RateLimiter:
    """Counts what comes from outside; what comes from this machine is not limited, and needs a proxy that names others.

    Args:
        per_hour: for one address, over all processes; 0 for no limit.
        processes: web processes among which the limit is divided, since each counts for itself.
    """

    def __init__(self, per_hour: int, processes: int = 1) -> None:
        share = max(1, per_hour // processes)
        self._limits = (
            [(ADDRESS_BITS, RateLimitItemPerHour(share)), (NETWORK_BITS, RateLimitItemPerHour(share * NETWORK_FACTOR))]
            if per_hour
            else []
        )
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, request: Request) -> None:
        """Count a request.

        Raises:
            TooMany: its address, or its network, has to wait.
        """
        address = _address(request)
        if address.is_loopback:
            return
        for bits, limit in self._limits:
            network = str(ipaddress.ip_network((address, bits[address.version]), strict=False))
            if not self._limiter.hit(limit, network):
                free_at = self._limiter.get_window_stats(limit, network).reset_time
                raise TooMany(max(1, round(free_at - time.time())))


def _address(request: Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Whoever asks; all whom nobody can name share one address (RFC 5737)."""
    try:
        found = ipaddress.ip_address(request.client.host if request.client else UNKNOWN)
    except ValueError:
        found = ipaddress.ip_address(UNKNOWN)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
