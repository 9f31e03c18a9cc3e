"""Local servers for development, the demo and tests: mailbox and Modern.Gov; Open Geography Portal in ``portal``."""

from routing.standins.mailbox import Behaviour, Guard, Mailbox, mailbox_app, serve_smtp
from routing.standins.moderngov import FAULTS, Entry, ModernGovServer, Rule, read_entries

__all__ = [
    "FAULTS",
    "Behaviour",
    "Entry",
    "Guard",
    "Mailbox",
    "ModernGovServer",
    "Rule",
    "mailbox_app",
    "read_entries",
    "serve_smtp",
]
