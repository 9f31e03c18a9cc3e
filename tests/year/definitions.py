"""The process files as the checker and the people read them: with tomllib, and nothing of the engine."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Table = Mapping[str, Any]

REVIEW_DUE: Table = {"working_days": 5, "remind_at": [5, 10, 15], "late_at": 20, "late": "unanswered"}
UNITS = ("hours", "working_days", "calendar_days", "weeks", "months")


@dataclass(frozen=True)
class Time:
    """A time of a stage."""

    unit: str
    promised: int
    late_at: int
    remind_at: tuple[int, ...]
    late: str

    @classmethod
    def of(cls, due: Table) -> "Time":
        unit = next(each for each in UNITS if each in due)
        return cls(unit, due[unit], due.get("late_at", due[unit]), tuple(due.get("remind_at", ())), due["late"])


OFFICERS_TIME = Time.of(REVIEW_DUE)


@dataclass(frozen=True)
class Stage:
    """A stage, and everything asked in it."""

    own: Table

    @property
    def id(self) -> str:
        return str(self.own["id"])

    @property
    def who(self) -> str:
        return str(self.own["who"])

    @property
    def title(self) -> str:
        return str(self.own["title"])

    @property
    def stops(self) -> bool:
        return self.own.get("clock") == "stops"

    @cached_property
    def time(self) -> Time:
        return Time.of(self.own["due"])

    @cached_property
    def outcomes(self) -> dict[str, Table]:
        return {each["id"]: each for each in self.own["outcome"]}

    @property
    def first_field(self) -> str:
        """The name of its first field, which no other stage has first."""
        return str(self.fields[0]["id"])

    @property
    def fields(self) -> tuple[Table, ...]:
        return tuple(self.own.get("field", ()))

    def has_choice(self, value: str) -> bool:
        """Whether one of its fields offers an answer."""
        return any(value == each["value"] for field in self.fields for each in field.get("choices", ()))


@dataclass(frozen=True)
class Process:
    """One process file."""

    whole: Table

    @classmethod
    def read(cls, text: str) -> "Process":
        return cls(tomllib.loads(text))

    @property
    def slug(self) -> str:
        return str(self.whole["process"]["slug"])

    @property
    def title(self) -> str:
        return str(self.whole["process"]["title"])

    @cached_property
    def questions(self) -> dict[str, Table]:
        return {each["id"]: each for each in self.whole["question"]}

    @cached_property
    def recipients(self) -> dict[str, Table]:
        return {each["id"]: each for each in self.whole["recipient"]}

    @cached_property
    def letters(self) -> dict[str, Table]:
        return {each["id"]: each for each in self.whole["letter"]}

    @cached_property
    def ends(self) -> dict[str, Table]:
        return {each["id"]: each for each in self.whole["end"]}

    @cached_property
    def fields(self) -> dict[str, Table]:
        return {each["id"]: each for stage in self.whole["stage"] for each in stage.get("field", ()) if "id" in each}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """With *again* replaced by the field that it names; its own conditions hold."""
        found = {}
        for stage in self.whole["stage"]:
            fields = [self._field(each) for each in stage.get("field", ())]
            found[stage["id"]] = Stage({**stage, "field": fields})
        return found

    def _field(self, field: Table) -> Table:
        if "again" not in field:
            return field
        whole = {**self.fields[field["again"]], **field}
        return whole if "only_if" in field else {key: value for key, value in whole.items() if key != "only_if"}

    def mailbox(self, recipient: str) -> str:
        return str(self.recipients[recipient].get("mailbox", recipient))

    def stage_asking(self, field: str) -> str | None:
        """The stage whose first field this is."""
        return next((each.id for each in self.stages.values() if each.fields and each.first_field == field), None)

    def rule(self, answers: Table, place: str) -> Table:
        """The first row of the triage table that fits."""
        known = {name: self.column(name, value) for name, value in answers.items()} | {"place": place}
        return next(rule for rule in self.whole["rule"] if fits(rule["when"], known))

    def column(self, name: str, value: Any) -> Any:
        """How an answer enters a table. A date is always a recent one here, as nobody reports any other."""
        asked = self.questions.get(name) or self.fields.get(name) or {}
        if "bands_in" in asked:
            return "recent"
        bands = asked.get("bands", ())
        return next((band["value"] for band in bands if "below" not in band or value < band["below"]), value)


def fits(when: Table, known: Table) -> bool:
    """Whether the conditions of a row hold; what nobody was asked fits nothing."""
    return all(
        known.get(name) in allowed if isinstance(allowed, list) else known.get(name) == allowed
        for name, allowed in when.items()
    )
