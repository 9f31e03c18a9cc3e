"""The health room: what does not work, since when, and what to do. ``waywarden doctor`` and ``/readyz`` use it."""

from routing.health.check import Check
from routing.health.checks import headline, judge, stands_still
from routing.health.looking import look
from routing.health.marks import changed_at, free_bytes, known_web, last_well, mark_well
from routing.health.seen import Asked, CasesSeen, ChannelSeen, Engine, Refresh, Seen

__all__ = [
    "Asked",
    "CasesSeen",
    "ChannelSeen",
    "Check",
    "Engine",
    "Refresh",
    "Seen",
    "changed_at",
    "free_bytes",
    "headline",
    "judge",
    "known_web",
    "last_well",
    "look",
    "mark_well",
    "stands_still",
]
