"""The web addresses that this installation may call: public ones over TLS, and those in the settings."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from routing.settings import is_loopback

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


UNICAST = ipaddress.IPv6Network("2000::/3")
"""All IPv6 addresses that IANA has allocated to machines."""

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: in the last four bytes an IPv4 address, to which the network translates."""

NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""IANA's special-purpose registries (RFC 6890). We list them, because Python's own list changes with its version."""


def why_not(url: str) -> str | None:
    """What is wrong with the address of a source, and what to write instead; None if it is right.

    Only https, because whoever can imitate a council's Modern.Gov decides who gets citizens' data. http is only for
    stand-ins on this machine.
    """
    try:
        found = urlsplit(url)
        host, _ = found.hostname or "", found.port
    except ValueError:
        return f"{url!r} is not a web address. Write the whole of it, like https://democracy.yourcouncil.gov.uk"
    if not host or not url.isprintable():
        return f"{url!r} is not a web address. Write the whole of it, like https://democracy.yourcouncil.gov.uk"
    if found.username is not None or found.password is not None:
        return f"{found.scheme}://{host} is given with a user or password. Leave them out"
    if found.scheme == "https" or (found.scheme == "http" and is_loopback(host)):
        return None
    return f"{found.scheme}://{host} is not taken: anybody on the way could answer in its place. Write https://"


def is_allowed(host: str, peer: str, networks: Sequence[Network]) -> bool:
    """Whether we may call the machine behind a name.

    Args:
        host: the host in the address.
        peer: the IP address of the connection.
        networks: private networks that the settings allow.
    """
    try:
        address = _inner(ipaddress.ip_address(peer.partition("%")[0]))
    except ValueError:
        return False
    if address.is_loopback:
        return is_loopback(host)  # but not if somebody's name leads to this machine
    return _is_public(address) or _is_in(address, networks)


def _inner(address: Address) -> Address:
    """The IPv4 address in an IPv6 address; any other address unchanged."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    return not _is_in(address, NOT_PUBLIC) and (address.version == 4 or address in UNICAST)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
