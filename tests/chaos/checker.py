"""Compare what was submitted, decided and received. Shares no code with the engine: plain data in, a verdict out."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

NEAR_S = 3.0
"""An event explains a lost answer if the message was accepted no further from it: machines under load are slow."""

OF_ALL_ENGINES = {"kill postgres", "kill a backend", "disk full"}
"""What loses the answers of every engine at once."""

HARMLESS = ("kill web", "end web", "kill prefect", "freeze prefect", "prefect ")
"""No answer of the mail server can be lost by these: they explain nothing."""


@dataclass(frozen=True)
class Expected:
    """What a submission must lead to."""

    reference: str
    rule: str
    recipients: frozenset[str]


@dataclass(frozen=True)
class Received:
    """One acceptance by the mailbox; ``at`` in seconds since the epoch."""

    reference: str
    recipient: str
    message_id: str
    at: float


@dataclass(frozen=True)
class Happened:
    """A fault: from when to when; ``kind`` is its cause as it is counted, ``is_cut`` a fault of the network or disk."""

    kind: str
    at: float
    until: float
    is_cut: bool


@dataclass
class Verdict:
    """What the comparison found; in a good campaign only the duplicates are not empty."""

    lost: list[str] = field(default_factory=list)
    misrouted: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    duplicates: int = 0
    by_cause: Counter = field(default_factory=Counter)
    too_many: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.misrouted or self.unexplained or self.too_many)


def check(
    expected: list[Expected],
    decided: dict[str, str],
    received: list[Received],
    events: list[Happened],
    connections: int,
    engines: int = 1,
) -> Verdict:
    """Judge a campaign.

    Args:
        decided: reference → rule of the last decision, as the database has it.
        connections: most answers that one event can lose for one engine.
    """
    verdict = Verdict()
    got: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for each in received:
        got[each.reference][each.recipient].add(each.message_id)
    for each in expected:
        ours = got.pop(each.reference, {})
        if decided.get(each.reference) != each.rule:
            verdict.misrouted.append(f"{each.reference}: {decided.get(each.reference)} instead of {each.rule}")
        verdict.lost += [f"{each.reference} to {address}" for address in each.recipients - set(ours)]
        verdict.misrouted += [f"{each.reference} to {address}" for address in set(ours) - each.recipients]
        verdict.misrouted += [
            f"{each.reference} to {address}: {len(ids)} different messages"
            for address, ids in ours.items()
            if len(ids) > 1
        ]
    verdict.misrouted += [f"{reference}: nobody was told of it" for reference in got]
    verdict.lost += [f"{reference}: decided, and nobody submitted it" for reference in set(decided) - _known(expected)]
    _explain(
        verdict, received, [event for event in events if not event.kind.startswith(HARMLESS)], connections, engines
    )
    return verdict


def _known(expected: list[Expected]) -> set[str]:
    return {each.reference for each in expected}


def _explain(
    verdict: Verdict, received: list[Received], events: list[Happened], connections: int, engines: int
) -> None:
    """Each repeat must follow an answer that was lost: an event near the acceptance before it, with room for it."""
    room = [connections * (engines if event.kind in OF_ALL_ENGINES else 1) for event in events]
    by_id: dict[str, list[float]] = defaultdict(list)
    for each in received:
        by_id[each.message_id].append(each.at)
    for message_id, times in sorted(by_id.items(), key=lambda item: min(item[1])):
        for first in sorted(times)[:-1]:
            verdict.duplicates += 1
            near = sorted((_distance(first, event), n) for n, event in enumerate(events))
            near = [(distance, n) for distance, n in near if distance <= NEAR_S]
            free = [n for _, n in near if room[n] > 0]
            if not near:
                verdict.unexplained.append(f"{message_id} was repeated, and nothing had happened")
            elif not free:
                verdict.too_many.append(f"{message_id}: one more than {events[near[0][1]].kind} can explain")
            else:
                room[free[0]] -= 1
                verdict.by_cause[events[free[0]].kind] += 1


def _distance(at: float, event: Happened) -> float:
    return max(event.at - at, at - event.until, 0.0)
