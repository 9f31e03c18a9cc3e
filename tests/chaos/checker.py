"""Compare what was submitted, decided and received. Shares no code with the engine: plain data in, a verdict out."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

NEAR_S = 4.0
"""An event explains a lost answer if the message was accepted no further from it: machines under load are slow."""


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
) -> Verdict:
    """Judge a campaign.

    Args:
        decided: reference → rule of the last decision, as the database has it.
        connections: most answers that one event can lose.
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
    _explain(verdict, received, events, connections)
    return verdict


def _known(expected: list[Expected]) -> set[str]:
    return {each.reference for each in expected}


def _explain(verdict: Verdict, received: list[Received], events: list[Happened], connections: int) -> None:
    """Each repeat must follow an answer that was lost: an event near the acceptance before it."""
    by_id: dict[str, list[float]] = defaultdict(list)
    for each in received:
        by_id[each.message_id].append(each.at)
    blamed: Counter[int] = Counter()
    for message_id, times in by_id.items():
        for first in sorted(times)[:-1]:
            verdict.duplicates += 1
            distance, number = min(
                ((_distance(first, event), n) for n, event in enumerate(events)), default=(float("inf"), -1)
            )
            if distance > NEAR_S:
                verdict.unexplained.append(f"{message_id} was repeated, and nothing had happened")
            else:
                blamed[number] += 1
                verdict.by_cause[events[number].kind] += 1
    happened = Counter(event.kind for event in events)
    verdict.too_many = [
        f"{kind}: {count} repeats after {happened[kind]} events"
        for kind, count in verdict.by_cause.items()
        if count > connections * happened[kind]
    ]


def _distance(at: float, event: Happened) -> float:
    return max(event.at - at, at - event.until, 0.0)
