"""Local servers for development, the demo and tests: a mailbox, a Modern.Gov and an Open Geography Portal."""

from routing.standins.feature_server import Feature, Service, feature_server_app
from routing.standins.mailbox import Behaviour, Guard, Mailbox, mailbox_app, serve_smtp
from routing.standins.moderngov import FAULTS, Entry, ModernGovServer, Rule, read_entries
from routing.standins.publisher import Outline, make_services
from routing.standins.switches import Switches

__all__ = [
    "FAULTS",
    "Behaviour",
    "Entry",
    "Feature",
    "Guard",
    "Mailbox",
    "ModernGovServer",
    "Outline",
    "Rule",
    "Service",
    "Switches",
    "feature_server_app",
    "mailbox_app",
    "make_services",
    "read_entries",
    "serve_smtp",
]
