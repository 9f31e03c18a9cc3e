"""Tables, by every combination of answers: the citizen's, those of forms, of deadlines and of fees."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.judge.shape import PLACES
from tests.judge.values import Raw, is_needed, values_of
from tests.judge.world import PLACE, When, World, when_of

Answers = Mapping[str, str]


def closure(when: When, asked: Mapping[str, Raw]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Conditions with those under which their questions are asked at all."""
    waiting, seen = list(when.items()), set[str]()
    while waiting:
        name, allowed = waiting.pop()
        yield name, allowed
        if name not in seen and name in asked:
            waiting += when_of(asked[name], "only_if").items()
        seen.add(name)


@dataclass
class Report:
    """One way of a citizen through the questions of the table.

    Attributes:
        rule: number of the rule that decides; None if none does.
        answers: what was asked, with the answers.
        early: what was asked before the place was known.
    """

    rule: int | None
    answers: Answers
    early: frozenset[str]


class Triage:
    """Every way of a citizen through the table."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.order = list(world.columns)
        self.rows = [list(closure(when_of(rule), world.questions)) for rule in world.rules]
        self.read = {name for row in self.rows for name, _ in row}

    @cached_property
    def reports(self) -> list[Report]:
        found, waiting = list[Report](), [Report(None, {}, frozenset())]
        while waiting:
            way = waiting.pop()
            number, needs = self._next(way.answers)
            if needs is None:
                found.append(Report(number, way.answers, way.early))
                continue
            early = way.early | ({needs} if PLACE not in way.answers else set())
            waiting += [Report(None, {**way.answers, needs: value}, early) for value in self.world.columns[needs]]
        return found

    def _next(self, answers: Answers) -> tuple[int | None, str | None]:
        for number, row in enumerate(self.rows):
            if any(answers[name] not in allowed for name, allowed in row if name in answers):
                continue
            missing = [name for name, _ in row if name not in answers]
            if not missing:
                return number, None
            return None, min(missing, key=self.order.index)
        return None, None

    def ways_of(self, rule: int) -> list[Report]:
        return [each for each in self.reports if each.rule == rule]

    @cached_property
    def deciding(self) -> set[int]:
        return {each.rule for each in self.reports if each.rule is not None}

    def faults(self) -> Iterator[tuple[str, str]]:
        """(class, what): a gap, an idle rule, a clerk where there is none."""
        if any(each.rule is None for each in self.reports):
            yield "gap", "rule"
            return
        for number, rule in enumerate(self.world.rules):
            if number not in self.deciding:
                yield "idle", rule["id"]
            kind = self.world.recipients.get(rule.get("to", ""), {}).get("kind")
            if kind == "parish" and any(each.answers.get(PLACE) != "parish" for each in self.ways_of(number)):
                yield "place", rule["id"]

    def informing(self) -> list[Raw]:
        return [asked for name, asked in self.world.questions.items() if name not in self.read]

    def known_at(self, rule: int) -> tuple[frozenset[str], frozenset[str]]:
        """What is known, and where the place can be, whenever a rule has decided and everything was asked."""
        names: frozenset[str] | None = None
        places = set[str]()
        for way in self.ways_of(rule):
            told = {PLACE: way.answers[PLACE]} if PLACE in way.answers else {}
            places |= set(told.values()) or set(PLACES)
            for asked in self._asked_after({name: value for name, value in way.answers.items() if name != PLACE}):
                names = asked if names is None else names & asked
        return names or frozenset(), frozenset(places if self.world.has_place else ())

    def _asked_after(self, answers: Answers) -> Iterator[frozenset[str]]:
        """What is known after the questions that inform, for every combination of their answers."""
        waiting = [(dict(answers), frozenset(answers), 0)]
        later = self.informing()
        while waiting:
            values, known, number = waiting.pop()
            if number == len(later):
                yield known
                continue
            asked = later[number]
            if all(values.get(name) in allowed for name, allowed in when_of(asked, "only_if").items()):
                known = known | ({asked["id"]} if is_needed(asked) else set())
                depends = any(asked["id"] in each.get("only_if", {}) for each in later)
                options = values_of(asked) if depends else ()
                waiting += [({**values, asked["id"]: value}, known, number + 1) for value in options]
                if options:
                    continue
            waiting.append((values, known, number + 1))


@dataclass
class Form:
    """The table of a stage.

    Attributes:
        filled: outcome → the fields that are filled in on every combination with it.
        gap: some combination has no outcome.
    """

    world: World
    stage: Raw
    filled: dict[str, frozenset[str]] = field(default_factory=dict)
    gap: bool = False

    def __post_init__(self) -> None:
        form = self.world.form(self.stage)
        own = {each["id"]: each for each in form}
        rows = [(each["id"], list(closure(when_of(each), own))) for each in self.stage["outcome"] if "when" in each]
        named = {name for _, row in rows for name, _ in row} | {
            name for each in form for name in each.get("only_if", {})
        }
        columns = {
            name: values_of(own[name]) if name in own else self.world.all_columns[name] for name in sorted(named)
        }
        for values in itertools.product(*columns.values()):
            self._tried(dict(zip(columns, values, strict=True)), form, rows)

    def _tried(
        self, values: Answers, form: Sequence[Raw], rows: Sequence[tuple[str, list[tuple[str, tuple[str, ...]]]]]
    ) -> None:
        own, asked = {each["id"] for each in form}, set[str]()
        for each in form:
            when = when_of(each, "only_if")
            if all((name in asked or name not in own) and values[name] in allowed for name, allowed in when.items()):
                asked.add(each["id"])
        for outcome, row in rows:
            if all((name in asked or name not in own) and values[name] in allowed for name, allowed in row):
                filled = frozenset(each["id"] for each in form if each["id"] in asked and is_needed(each))
                self.filled[outcome] = self.filled.get(outcome, filled) & filled
                return
        self.gap = True

    @cached_property
    def former(self) -> set[str]:
        """The columns of former stages and questions that its outcomes or fields read."""
        form = self.world.form(self.stage)
        own = {each["id"]: each for each in form}
        named = {name for each in self.stage["outcome"] if "when" in each for name, _ in closure(when_of(each), own)}
        return (named | {name for each in form for name in each.get("only_if", {})}) - set(own)

    def faults(self) -> Iterator[tuple[str, str]]:
        answers = [each["id"] for each in self.stage["outcome"] if "when" in each]
        if self.world.who(self.stage) == ("nobody",):
            pass
        elif not answers or self.gap:
            yield "gap", self.stage["id"]
        else:
            yield from (("idle", name) for name in answers if name not in self.filled)
        dues = self.world.dues(self.stage)
        if len(dues) > 1 or when_of(dues[0]):
            yield from rows_faults(self.world, [when_of(due) for due in dues], self.stage["id"])
        led = {due["late"] for due in dues} | {each.get("otherwise") for each in self.stage["outcome"]}
        for each in self.stage["outcome"]:
            if "when" not in each and each["id"] not in led:
                yield "idle", each["id"]


def rows_faults(world: World, rows: Sequence[When], where: str) -> Iterator[tuple[str, str]]:
    """A list of deadlines or amounts: one holds in every case, and each in some."""
    names = sorted({name for row in rows for name in row})
    holding, gap = set[int](), False
    for values in itertools.product(*(world.all_columns[name] for name in names)):
        told = dict(zip(names, values, strict=True))
        number = next(
            (n for n, row in enumerate(rows) if all(told[name] in allowed for name, allowed in row.items())), None
        )
        gap = gap or number is None
        holding |= {number} if number is not None else set()
    if gap:
        yield "gap", where
    elif len(holding) < len(rows):
        yield "idle", where
