"""Second door of the contacts room: transport, pure parser and operations of a Modern.Gov."""

from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.errors import ModernGovError, Retryable
from routing.contacts.moderngov.refresh import Harvest, harvest, harvest_council
from routing.contacts.moderngov.transport import Transport

__all__ = ["Harvest", "ModernGov", "ModernGovError", "Retryable", "Transport", "harvest", "harvest_council"]
