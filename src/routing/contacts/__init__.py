"""The contacts room: the directory of clerks. ``contacts.moderngov`` reads Modern.Gov."""

from routing.contacts.announcing import Unannounced, mark_announced, unannounced
from routing.contacts.code_changes import follow_codes, reopen_renamed
from routing.contacts.directory import (
    Change,
    Finding,
    apply,
    compare,
    forget_values,
    quarantine,
    quarantine_by,
    read_contacts,
    read_history,
    read_source,
)
from routing.contacts.explain import Parish, explain
from routing.contacts.links import (
    Link,
    LinksLost,
    LinkState,
    Work,
    confirm,
    foreign,
    list_links,
    read_link_history,
    read_links,
    reject,
    store_links,
    work_list,
)
from routing.contacts.model import MODERNGOV, OVERRIDE, Contact, ContactState, Freshness, Published
from routing.contacts.overrides import release, set_override, withdraw
from routing.contacts.trust import UNREVIEWED

__all__ = [
    "MODERNGOV",
    "OVERRIDE",
    "UNREVIEWED",
    "Change",
    "Contact",
    "ContactState",
    "Finding",
    "Freshness",
    "Link",
    "LinkState",
    "LinksLost",
    "Parish",
    "Published",
    "Unannounced",
    "Work",
    "apply",
    "compare",
    "confirm",
    "explain",
    "follow_codes",
    "foreign",
    "forget_values",
    "list_links",
    "mark_announced",
    "quarantine",
    "quarantine_by",
    "read_contacts",
    "read_history",
    "read_link_history",
    "read_links",
    "read_source",
    "reject",
    "release",
    "reopen_renamed",
    "set_override",
    "store_links",
    "unannounced",
    "withdraw",
    "work_list",
]
