"""Compare submissions with the mailbox. Pure; shares no code with the engine (a lint contract)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.cli.demo.oracle import Case


@dataclass(frozen=True)
class Submitted:
    """One submission and its answer: a reference, or the rule of a signpost; ``at`` in seconds since the epoch.

    Attributes:
        citizen: address given with it, which must get an acknowledgement.
        tracking: address of its status, with its token.
        page: address of its page, with its token.
    """

    case: Case
    at: float
    reference: str | None
    signpost_rule: str | None
    citizen: str | None = None
    tracking: str = ""
    page: str = ""

    @property
    def recipients(self) -> frozenset[str]:
        """The mailboxes that must get a message first, and no others."""
        if self.reference is None or self.citizen is None:
            return self.case.recipients
        return self.case.recipients | {self.citizen}


@dataclass(frozen=True)
class Ended:
    """How a case went on, as the artifacts and the API show it.

    Attributes:
        outcomes: ``stage/outcome``, in order.
        end: id of its end; empty if it goes on.
    """

    outcomes: tuple[str, ...]
    end: str


@dataclass
class Verdict:
    """What the comparison found. The lists are empty if everything is right."""

    delivered: int = 0
    acknowledged: int = 0
    signposted: int = 0
    review: int = 0
    lost: list[str] = field(default_factory=list)
    misrouted: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    wrong_rule: list[str] = field(default_factory=list)
    ended: int = 0
    wrong_end: list[str] = field(default_factory=list)
    rules: set[tuple[str, str]] = field(default_factory=set)
    states: set[str] = field(default_factory=set)

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.misrouted or self.duplicates or self.wrong_rule or self.wrong_end)


def is_complete(submitted: Sequence[Submitted], messages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every expected message has arrived."""
    arrived = {(message["reference"], address) for message in messages for address in message["envelope_to"]}
    return all(
        (each.reference, address) in arrived for each in submitted if each.reference for address in each.recipients
    )


def check(
    submitted: Sequence[Submitted],
    messages: Sequence[Mapping[str, Any]],
    rules: Mapping[str, str],
    ended: Mapping[str, Ended],
) -> Verdict:
    """Judge a run.

    Args:
        messages: what the mailbox lists: reference, envelope_to, message_id.
        rules: reference → rule, as Prefect's artifacts show it.
        ended: reference → how the case went on.
    """
    verdict = Verdict()
    got: dict[str, Counter[str]] = {}
    for message in messages:
        got.setdefault(message["reference"], Counter()).update(message["envelope_to"])
    for each in submitted:
        _judge(each, got.pop(each.reference or "", Counter()), rules, verdict)
        if each.reference is not None:
            _judge_end(each, ended.get(each.reference, Ended((), "")), verdict)
    verdict.misrouted += [f"{reference}: nobody submitted it" for reference in got]
    seen = Counter(message["message_id"] for message in messages)
    verdict.duplicates = [message_id for message_id, times in seen.items() if times > 1]
    return verdict


def _judge(each: Submitted, got: Counter[str], rules: Mapping[str, str], verdict: Verdict) -> None:
    case = each.case
    rule = each.signpost_rule if each.reference is None else rules.get(each.reference)
    if rule != case.rule or (each.reference is None) != (case.outcome == "signpost"):
        verdict.wrong_rule.append(f"{case.name}: expected {case.rule}, got {rule}")
    verdict.rules.add((case.process, case.rule))
    if case.state:
        verdict.states.add(case.state)
    wanted = each.recipients | case.later
    verdict.lost += [f"{case.name}: {address}" for address in wanted - set(got)]
    verdict.misrouted += [f"{case.name}: {address}" for address in set(got) - wanted]
    verdict.acknowledged += each.citizen in got
    if each.reference is None:
        verdict.signposted += 1
    elif case.recipients <= set(got):
        verdict.delivered += 1
        verdict.review += case.outcome == "review"


def _judge_end(each: Submitted, ended: Ended, verdict: Verdict) -> None:
    wanted = Ended(each.case.outcomes, each.case.end)
    verdict.ended += ended == wanted
    if ended != wanted:
        verdict.wrong_end.append(f"{each.case.name}: expected {_said(wanted)}, got {_said(ended)}")


def _said(ended: Ended) -> str:
    return f"{', '.join(ended.outcomes) or 'nothing'} → {ended.end or 'no end'}"
