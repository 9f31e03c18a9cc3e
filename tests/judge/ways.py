"""The ways of a case: every state that it can be in, what is known there, and that all of them end."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.judge.tables import Form, Triage
from tests.judge.values import Raw
from tests.judge.world import BACK, NOBODY, RECIPIENT, World, many

Known = tuple[frozenset[str], frozenset[str]]
"""Names that have a value, and where the place can be."""

MOST = 20_000


@dataclass(frozen=True)
class State:
    """A stage, the stages whose time stands, and how often counted outcomes were used."""

    stage: str
    asked_by: tuple[str, ...] = ()
    used: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class Step:
    """A way on: ``trigger`` is the answer; empty for silence and for somebody who cannot be reached."""

    begin: State
    trigger: str
    outcome: str
    is_silent: bool
    to: State | None
    end: str | None = None


class Ways:
    """Every state and step of a file's cases."""

    def __init__(self, world: World, triage: Triage, forms: dict[str, Form]) -> None:
        self.world, self.forms = world, forms
        self.entries: dict[int, State] = {}
        for number in triage.deciding:
            stage = world.first_of(world.rules[number])
            if stage is not None and world.rules[number].get("to") != "review":
                self.entries[number] = State(stage)
        self.steps: list[Step] = []
        self.states: set[State] = set()
        self.exhausted: set[str] = set()
        self.is_endless = self.is_too_large = False
        self.known: dict[State, Known] = {}
        self._explore()
        if not (self.is_endless or self.is_too_large):
            self._spread({number: triage.known_at(number) for number in self.entries})

    def _explore(self) -> None:
        waiting = set(self.entries.values())
        while waiting:
            state = waiting.pop()
            self.states.add(state)
            if len(self.states) > MOST:
                self.is_too_large = True
                return
            for step in self._from(state):
                self.steps.append(step)
                if step.to is not None and step.to not in self.states:
                    waiting.add(step.to)

    def _from(self, state: State) -> Iterator[Step]:
        stage = self.world.stages[state.stage]
        tried = {(name, False) for name in self.forms[state.stage].filled}
        tried |= {(due["late"], True) for due in self.world.dues(stage)}
        for name, is_silent in tried:
            step = self._step(state, stage, name, is_silent=is_silent)
            if step is not None:
                yield step
        yield from self._unreached(state, stage)

    def _step(self, state: State, stage: Raw, name: str, *, is_silent: bool) -> Step | None:
        outcomes, used, passed = self.world.outcomes(stage), dict(state.used), set[str]()
        trigger = "" if is_silent else name
        while "at_most" in outcomes[name]:
            key = f"{stage['id']}/{name}"
            if used.get(key, 0) < outcomes[name]["at_most"]:
                used[key] = used.get(key, 0) + 1
                break
            self.exhausted.add(key)
            passed.add(name)
            name = outcomes[name]["otherwise"]
            if name in passed:
                self.is_endless = True
                return None
        outcome, counted = outcomes[name], frozenset(used.items())
        if "end" in outcome:
            return Step(state, trigger, name, is_silent, None, outcome["end"])
        if "extend" in outcome:
            to = State(state.stage, state.asked_by, counted)
        elif outcome["next"] == BACK:
            to = State(state.asked_by[0], state.asked_by[1:], counted)
        else:
            stands = "clock" in self.world.stages[outcome["next"]]
            to = State(outcome["next"], (state.stage, *state.asked_by) if stands else (), counted)
        return Step(state, trigger, name, is_silent, to)

    def _unreached(self, state: State, stage: Raw) -> Iterator[Step]:
        """In a first stage, a mailbox that cannot be reached is as if the table had chosen the fallback."""
        for rule in self.world.rules:
            to = self.world.recipients.get(rule.get("to", ""))
            if to is None or "fallback" not in to or self.world.first_of(rule) != stage["id"]:
                continue
            if self.world.who(stage) not in ((to["id"],), (RECIPIENT,)):
                continue
            begins = self.world.recipients[to["fallback"]].get("first_stage")
            if begins is not None and begins != stage["id"]:
                yield Step(state, "", "", False, State(begins, (), state.used))

    def _spread(self, at_rule: dict[int, Known]) -> None:
        """What is known at a state is what is known on every way there: till nothing changes any more."""
        for number, state in self.entries.items():
            self._meet(state, at_rule[number])
        is_changed = True
        while is_changed:
            is_changed = False
            for step in self.steps:
                if step.to is not None and step.begin in self.known:
                    is_changed |= self._meet(step.to, self.after(step))

    def _meet(self, state: State, known: Known) -> bool:
        before = self.known.get(state)
        now = known if before is None else (before[0] & known[0], before[1] | known[1])
        self.known[state] = now
        return now != before

    def after(self, step: Step) -> Known:
        """What is known when a step is taken."""
        names, places = self.known[step.begin]
        filled = self.forms[step.begin.stage].filled.get(step.trigger, frozenset()) if step.trigger else frozenset()
        return names | filled, places

    def in_stage(self, stage: str) -> Known | None:
        return meet([known for state, known in self.known.items() if state.stage == stage])

    def at_end(self, end: str) -> Known | None:
        return meet([self.after(step) for step in self.steps if step.end == end])

    def faults(self) -> Iterator[tuple[str, str]]:
        """(class, what): states from which cases may not end; what no case uses."""
        if self.is_too_large or self.is_endless:
            yield "loop", "counts"
            return
        left = set(self.states)
        while True:
            ends = {state for state in left if not any(step.begin == state and step.to in left for step in self.steps)}
            if not ends:
                break
            left -= ends
        if left:
            yield "loop", "circle"
            return
        yield from (("unused", each) for each in self._unused())

    def _unused(self) -> Iterator[str]:
        world = self.world
        taken = {(step.begin.stage, step.outcome) for step in self.steps}
        for stage in world.stages.values():
            if not any(state.stage == stage["id"] for state in self.states):
                yield stage["id"]
                continue
            for outcome in stage["outcome"]:
                counted = "at_most" in outcome and f"{stage['id']}/{outcome['id']}" not in self.exhausted
                if counted or (stage["id"], outcome["id"]) not in taken:
                    yield outcome["id"]
        yield from set(world.ends) - {step.end for step in self.steps}
        sent = {letter for _, letter in world.letters_of()}
        sent |= {end["renew"]["letter"] for end in world.ends.values() if "renew" in end}
        yield from set(world.letters) - sent
        named = {name for stage in world.stages.values() for name in world.who(stage)} - {NOBODY}
        named |= {letter.get("to", "citizen") for letter in world.letters.values()}
        for rule in world.rules:
            named |= {rule.get("to", ""), *rule.get("copy", ())}
        named |= {
            world.recipients[name]["fallback"]
            for name in named & set(world.recipients)
            if "fallback" in world.recipients[name]
        }
        yield from set(world.recipients) - named

    def senders(self, letter: str) -> Iterator[tuple[str, list[Step]]]:
        """Each outcome that sends a letter, with the steps on which it does."""
        for stage in self.world.stages.values():
            for outcome in stage["outcome"]:
                if letter in many(outcome.get("letter")):
                    steps = [s for s in self.steps if (s.begin.stage, s.outcome) == (stage["id"], outcome["id"])]
                    if steps:
                        yield f"{stage['id']}/{outcome['id']}", steps


def meet(known: list[Known]) -> Known | None:
    """What holds on all of several ways; None without any."""
    if not known:
        return None
    return frozenset.intersection(*(names for names, _ in known)), frozenset().union(*(places for _, places in known))
