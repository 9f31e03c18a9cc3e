"""The council room: facts about the councils of this installation."""

from routing.council.facts import Closed, Line, Slug
from routing.council.model import CITIZEN, ContactRules, Council, Mailbox, text_hash
from routing.council.parsing import CouncilFolder, parse_council, read_council, read_councils

__all__ = [
    "CITIZEN",
    "Closed",
    "ContactRules",
    "Council",
    "CouncilFolder",
    "Line",
    "Mailbox",
    "Slug",
    "parse_council",
    "read_council",
    "read_councils",
    "text_hash",
]
