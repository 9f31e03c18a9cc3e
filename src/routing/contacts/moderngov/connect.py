"""Make a client from a council's file and the settings."""

import contextlib
from collections.abc import Iterator

from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.transport import Throttle, Transport
from routing.council import Council
from routing.settings import Settings


@contextlib.contextmanager
def client_of(settings: Settings, council: Council, throttle: Throttle) -> Iterator[ModernGov | None]:
    """A client of one council's Modern.Gov, or of the stand-in for development; None if it has none."""
    if council.moderngov is None:
        yield None
        return
    standin = settings.moderngov_standin_url
    base_url = f"{standin.rstrip('/')}/{council.slug}" if standin else council.moderngov.base_url
    with contextlib.closing(open_transport(settings, base_url, throttle)) as transport:
        yield ModernGov(transport)


def open_transport(settings: Settings, base_url: str, throttle: Throttle) -> Transport:
    """A session with one base address, with the settings.

    Raises:
        ConfigurationError: the address is wrong.
    """
    return Transport(base_url, throttle, settings.moderngov_ca_file, networks=settings.private_networks)
