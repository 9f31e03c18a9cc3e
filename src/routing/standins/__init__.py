"""Local servers for development, the demo and tests: a mailbox and a Modern.Gov."""

from routing.standins.mailbox import Behaviour, Guard, Mailbox, mailbox_app, serve_smtp
from routing.standins.moderngov import Entry, Faults, moderngov_app, read_entries

__all__ = [
    "Behaviour",
    "Entry",
    "Faults",
    "Guard",
    "Mailbox",
    "mailbox_app",
    "moderngov_app",
    "read_entries",
    "serve_smtp",
]
