"""A Modern.Gov for development and tests, with every fault of real ones on demand."""

from routing.standins.moderngov.content import Entry, read_entries
from routing.standins.moderngov.faults import FAULTS
from routing.standins.moderngov.server import ModernGovServer, Rule

__all__ = ["FAULTS", "Entry", "ModernGovServer", "Rule", "read_entries"]
