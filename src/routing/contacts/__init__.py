"""The contacts room: the directory of clerks. ``contacts.moderngov`` reads Modern.Gov."""

from routing.contacts.directory import (
    Change,
    Finding,
    apply,
    compare,
    forget_values,
    quarantine,
    read_contacts,
    read_history,
    read_source,
)
from routing.contacts.explain import Parish, explain
from routing.contacts.following import follow_codes, reopen_renamed
from routing.contacts.links import (
    Link,
    LinkState,
    Work,
    confirm,
    list_links,
    read_links,
    reject,
    store_links,
    work_list,
)
from routing.contacts.model import MODERNGOV, OVERRIDE, Contact, ContactState, Freshness, Published
from routing.contacts.overrides import release, set_override, withdraw

__all__ = [
    "MODERNGOV",
    "OVERRIDE",
    "Change",
    "Contact",
    "ContactState",
    "Finding",
    "Freshness",
    "Link",
    "LinkState",
    "Parish",
    "Published",
    "Work",
    "apply",
    "compare",
    "confirm",
    "explain",
    "follow_codes",
    "forget_values",
    "list_links",
    "quarantine",
    "read_contacts",
    "read_history",
    "read_links",
    "read_source",
    "reject",
    "release",
    "reopen_renamed",
    "set_override",
    "store_links",
    "withdraw",
    "work_list",
]
