"""Whether an address that a source changed may be written to at once, or waits for a person. Pure.

Whoever can change a page, or answer in its place, would otherwise have citizens' data sent to themselves. An address
under the council's own domain, or under the parish's, is taken; one elsewhere is shown to a person first.
"""

from collections.abc import Iterable

UNREVIEWED = "address-changed"
"""Reason of a contact that is not used until a person has looked at its new address."""

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
"""Domains of providers with whom anybody can open a mailbox: the same one there says nothing."""


def domain_of(address: str) -> str:
    """The domain of an e-mail address, lower case."""
    return address.rpartition("@")[2].lower().rstrip(".")


def own_domains(domains: Iterable[str]) -> frozenset[str]:
    """Those of a council's domains at which not just anybody has a mailbox."""
    return frozenset(domains) - ANYBODYS - {""}


def is_trusted(address: str, trusted: str | None, own: frozenset[str]) -> bool:
    """Whether an address may be used unseen.

    Args:
        trusted: that was in use before; None where there was none.
        own: domains of the council.
    """
    if trusted is not None and address.lower() == trusted.lower():
        return True
    domain = domain_of(address)
    known = own | ({domain_of(trusted)} - ANYBODYS if trusted is not None else frozenset())
    return any(domain == each or domain.endswith(f".{each}") for each in known)
