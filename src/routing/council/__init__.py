"""The council room: what the councils of this installation say of themselves."""

from routing.council.model import Closed, ContactRules, Council, Line, Mailbox, Slug, text_hash
from routing.council.reading import CouncilFolder, parse_council, read_council, read_councils

__all__ = [
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
