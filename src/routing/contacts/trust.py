"""Whether we may use a changed address at once, or a person must check it. Pure.

Otherwise somebody who can change or imitate a page could get citizens' data. We use an address at the council's or the
parish's own domain. A person must check any other address first.
"""

from collections.abc import Iterable

UNREVIEWED = "address-changed"
"""Reason of a contact that we do not use until a person has checked its new address."""

ANYBODYS = frozenset(
    {
        "aol.co.uk", "aol.com", "blueyonder.co.uk", "btconnect.com", "btinternet.com", "btopenworld.com",
        "fastmail.com", "fsmail.net", "gmail.com", "gmx.co.uk", "gmx.com", "googlemail.com", "hotmail.co.uk",
        "hotmail.com", "icloud.com", "live.co.uk", "live.com", "mac.com", "mail.com", "me.com", "msn.com",
        "ntlworld.com", "o2.co.uk", "orange.net", "outlook.com", "plus.com", "plusnet.com", "proton.me",
        "protonmail.com", "rocketmail.com", "sky.com", "talk21.com", "talktalk.net", "tiscali.co.uk", "tutanota.com",
        "virgin.net", "virginmedia.com", "yahoo.co.uk", "yahoo.com", "ymail.com", "zoho.com",
    }
)  # fmt: skip
"""Domains where anybody can open a mailbox, so the same domain proves nothing."""


def domain_of(address: str) -> str:
    """The domain of an email address in lower case."""
    return address.rpartition("@")[2].lower().rstrip(".")


def own_domains(domains: Iterable[str]) -> frozenset[str]:
    """A council's domains where not everybody can have a mailbox."""
    return frozenset(domains) - ANYBODYS - {""}


def is_trusted(address: str, trusted: str | None, own: frozenset[str]) -> bool:
    """Whether we may use an address without a check.

    Args:
        trusted: the address in use before; None if there was none.
        own: domains of the council.
    """
    if trusted is not None and address.lower() == trusted.lower():
        return True
    domain = domain_of(address)
    known = own | ({domain_of(trusted)} - ANYBODYS if trusted is not None else frozenset())
    return any(domain == each or domain.endswith(f".{each}") for each in known)
