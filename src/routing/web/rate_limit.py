"""Limit the reports that one address and one network can start and send in an hour. Each process counts separately."""

import ipaddress
import time

from fastapi import Request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from routing.errors import WaywardenError

NETWORK_FACTOR = 10
"""A network can do this many times what one address can, because schools and mobile networks share addresses."""

ADDRESS_BITS = {4: 32, 6: 64}
"""The address of one household: an IPv4 address, an IPv6 subnet."""

UNKNOWN = "192.0.2.0"
NETWORK_BITS = {4: 24, 6: 48}


class TooMany(WaywardenError):
    """An address, or its network, did too much in an hour and must wait.

    Attributes:
        wait_s: seconds until it can come back.
    """

    code = "too-many"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Come back in {wait_s} seconds. There was too much from here.")
        self.wait_s = wait_s


class RateLimiter:
    """Counts requests from outside. Those from this machine have no limit, so a proxy must name the original address.

    Args:
        per_hour: for one address, over all processes; 0 for no limit.
        processes: web processes that share the limit, because each counts separately.
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
            TooMany: its address, or its network, must wait.
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
    """The address of the client. Unknown clients share one address (RFC 5737)."""
    try:
        found = ipaddress.ip_address(request.client.host if request.client else UNKNOWN)
    except ValueError:
        found = ipaddress.ip_address(UNKNOWN)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
