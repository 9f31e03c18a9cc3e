"""Which addresses of the web this installation asks by itself: public ones over TLS, and those that it is told of."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from routing.settings import is_loopback

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def why_not(url: str) -> str | None:
    """What is wrong with the address of a source, and what to write instead; None where it is taken.

    https only: who can answer in the place of a council's Modern.Gov decides who gets citizens' data. In the clear only
    on this machine, for stand-ins.
    """
    try:
        found = urlsplit(url)
        host, _ = found.hostname or "", found.port
    except ValueError:
        return f"{url!r} is no web address. Write the whole of it, like https://democracy.yourcouncil.gov.uk"
    if not host or not url.isprintable():
        return f"{url!r} is no web address. Write the whole of it, like https://democracy.yourcouncil.gov.uk"
    if found.username is not None or found.password is not None:
        return f"{found.scheme}://{host} is given with a user or password. Leave them out"
    if found.scheme == "https" or (found.scheme == "http" and is_loopback(host)):
        return None
    return f"{found.scheme}://{host} is not taken: anybody on the way could answer in its place. Write https://"


def is_allowed(host: str, peer: str, networks: Sequence[Network]) -> bool:
    """Whether an answer may be asked for of a machine that a name led to.

    Args:
        host: as the address names it.
        peer: the IP address that was connected to.
        networks: private ones that the settings allow.
    """
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return is_loopback(host)  # and not where somebody's name leads to this machine
    return address.is_global or any(address in network for network in networks if network.version == address.version)
