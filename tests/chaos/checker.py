"""Compare what was submitted, decided and received. Shares no code with the engine: plain data in, a verdict out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

NEAR_S = 3.0
"""An event explains a lost answer if the message was accepted no further from it: machines under load are slow."""

ENGINE, EVERY_ENGINE, NONE = "one engine", "every engine", "none"

ANSWERS_LOST = {
    "kill engine": ENGINE,
    "freeze engine": ENGINE,
    "kill mailbox": EVERY_ENGINE,
    "kill postgres": EVERY_ENGINE,
    "kill a backend": EVERY_ENGINE,
    "disk full": EVERY_ENGINE,
    "end engine": NONE,
    "kill web": NONE,
    "end web": NONE,
    "kill prefect": NONE,
    "freeze prefect": NONE,
    "freeze mailbox": NONE,
    "another vintage": NONE,
}
"""Kind of fault → whose answers it can lose. An engine that is told to end finishes what it sends; a mailbox that stands
still answers later; the web and Prefect have no part in sending."""

NETWORK = ("mail ", "prefect ")
"""What the network loses is not guessed from the time: the proxy says which messages' answers it did not pass on."""


@dataclass(frozen=True)
class Expected:
    """What a submission must lead to."""

    reference: str
    rule: str
    recipients: frozenset[str]
    citizen: str | None = None
    """Who hears twice where the case could not leave at once: that it is on its way, and that it was sent."""


@dataclass(frozen=True)
class Received:
    """That a report's message was accepted by the mailbox; ``at`` in seconds since the epoch, one for all of a digest."""

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


@dataclass(frozen=True)
class LostAnswer:
    """A message that a proxy passed on whole and whose answer it did not; ``kind`` is the fault it did it for."""

    message_id: str
    kind: str


@dataclass
class Verdict:
    """What the comparison found; in a good campaign only the duplicates are not empty."""

    lost: list[str] = field(default_factory=list)
    misrouted: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    duplicates: int = 0
    by_cause: Counter[str] = field(default_factory=Counter)
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
    lost_answers: Sequence[LostAnswer] = (),
) -> Verdict:
    """Judge a campaign.

    Args:
        decided: reference → rule of the last decision, as the database has it.
        connections: most answers that one event can lose for one engine.
        lost_answers: of the network; each explains one repeat of its message.

    Raises:
        KeyError: an event of a kind of which nobody said what it can lose.
    """
    verdict = Verdict()
    got: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for message in received:
        got[message.reference][message.recipient].add(message.message_id)
    for each in expected:
        ours = got.pop(each.reference, {})
        if decided.get(each.reference) != each.rule:
            verdict.misrouted.append(f"{each.reference}: {decided.get(each.reference)} instead of {each.rule}")
        verdict.lost += [f"{each.reference} to {address}" for address in each.recipients - set(ours)]
        verdict.misrouted += [f"{each.reference} to {address}" for address in set(ours) - each.recipients]
        verdict.misrouted += [
            f"{each.reference} to {address}: {len(ids)} different messages"
            for address, ids in ours.items()
            if len(ids) > (2 if address == each.citizen else 1)
        ]
    verdict.misrouted += [f"{reference}: nobody was told of it" for reference in got]
    verdict.lost += [f"{reference}: decided, and nobody submitted it" for reference in set(decided) - _known(expected)]
    explain(verdict, received, events, connections, engines, lost_answers)
    return verdict


def explain(
    verdict: Verdict, received: Sequence[Received], events: Sequence[Happened], connections: int, engines: int,
    lost_answers: Sequence[LostAnswer],
) -> None:  # fmt: skip
    """Count each message that was accepted more than once, by what explains it. Arguments as of ``check``."""
    _Explaining(verdict, events, connections, engines, lost_answers).explain(received)


def _known(expected: list[Expected]) -> set[str]:
    return {each.reference for each in expected}


class _Explaining:
    """Each repeat must follow an answer that was lost: by the proxy, or by an event near it that has room for it."""

    def __init__(
        self,
        verdict: Verdict,
        events: Sequence[Happened],
        connections: int,
        engines: int,
        lost_answers: Sequence[LostAnswer],
    ) -> None:
        room = {NONE: 0, ENGINE: connections, EVERY_ENGINE: connections * engines}
        guessed = [event for event in events if not event.kind.startswith(NETWORK)]
        self.events = [event for event in guessed if room[ANSWERS_LOST[event.kind]]]
        self.room = [room[ANSWERS_LOST[event.kind]] for event in self.events]
        self.verdict = verdict
        self.lost: dict[str, list[str]] = defaultdict(list)
        for each in lost_answers:
            self.lost[each.message_id].append(each.kind)

    def explain(self, received: Sequence[Received]) -> None:
        by_id: dict[str, set[float]] = defaultdict(set)
        for each in received:  # a digest is accepted once, though it is what each of many reports led to
            by_id[each.message_id].add(each.at)
        for message_id, times in sorted(by_id.items(), key=lambda item: min(item[1])):
            for first in sorted(times)[:-1]:
                self.verdict.duplicates += 1
                if self.lost[message_id]:
                    self.verdict.by_cause[self.lost[message_id].pop()] += 1
                else:
                    self._by_time(message_id, first)

    def _by_time(self, message_id: str, at: float) -> None:
        near = sorted((_distance(at, event), n) for n, event in enumerate(self.events))
        near = [(distance, n) for distance, n in near if distance <= NEAR_S]
        free = [n for _, n in near if self.room[n] > 0]
        if not near:
            self.verdict.unexplained.append(f"{message_id} was repeated, and nothing had happened")
        elif not free:
            self.verdict.too_many.append(f"{message_id}: one more than {self.events[near[0][1]].kind} can explain")
        else:
            self.room[free[0]] -= 1
            self.verdict.by_cause[self.events[free[0]].kind] += 1


def _distance(at: float, event: Happened) -> float:
    return max(event.at - at, at - event.until, 0.0)
