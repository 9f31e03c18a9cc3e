"""The contacts room: the directory of clerks. ``contacts.moderngov`` reads Modern.Gov."""

from routing.contacts.directory import (
    MODERNGOV,
    Change,
    Finding,
    apply,
    compare,
    follow_codes,
    quarantine,
    read_contacts,
    read_links,
    read_source,
    store_links,
)
from routing.contacts.model import Contact, ContactState, Freshness, Published

__all__ = [
    "MODERNGOV",
    "Change",
    "Contact",
    "ContactState",
    "Finding",
    "Freshness",
    "Published",
    "apply",
    "compare",
    "follow_codes",
    "quarantine",
    "read_contacts",
    "read_links",
    "read_source",
    "store_links",
]
