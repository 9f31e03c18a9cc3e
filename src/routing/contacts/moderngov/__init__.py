"""Second interface of the contacts room: transport, pure parsers, operations and refresh of a Modern.Gov."""

from routing.contacts.moderngov.asking import Busy, gather
from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.connect import client_of, open_transport
from routing.contacts.moderngov.errors import ModernGovError, Retryable, what_to_do
from routing.contacts.moderngov.probe import Tried, probe
from routing.contacts.moderngov.refresh import Outcome, accept, discard, finish, preview
from routing.contacts.moderngov.rounds import held_rounds, need_held, unread_labels
from routing.contacts.moderngov.transport import Throttle, Transport, Validators

__all__ = [
    "Busy",
    "ModernGov",
    "ModernGovError",
    "Outcome",
    "Retryable",
    "Throttle",
    "Transport",
    "Tried",
    "Validators",
    "accept",
    "client_of",
    "discard",
    "finish",
    "gather",
    "held_rounds",
    "need_held",
    "open_transport",
    "preview",
    "probe",
    "unread_labels",
    "what_to_do",
]
