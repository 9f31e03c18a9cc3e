"""A definition as the judge reads it: plain tables by their ids."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from tests.judge.shape import PLACES
from tests.judge.values import Raw, is_needed, kind_of, nations_of, values_of

PLACE, CITIZEN, NOBODY, RECIPIENT, BACK, RECEIVED = "place", "citizen", "nobody", "recipient", "back", "received"
When = Mapping[str, tuple[str, ...]]


def many(value: Any) -> tuple[Any, ...]:
    """One value, a list of them, or nothing."""
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def when_of(row: Raw, key: str = "when") -> When:
    return {name: many(values) for name, values in row.get(key, {}).items()}


class World:
    """A file that has the right keys and types."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.process = raw["process"]
        self.questions: dict[str, Raw] = {each["id"]: each for each in raw.get("question", ())}
        self.recipients: dict[str, Raw] = {each["id"]: each for each in raw["recipient"]}
        self.signposts: dict[str, Raw] = {each["id"]: each for each in raw.get("signpost", ())}
        self.stages: dict[str, Raw] = {each["id"]: each for each in raw.get("stage", ())}
        self.ends: dict[str, Raw] = {each["id"]: each for each in raw.get("end", ())}
        self.letters: dict[str, Raw] = {each["id"]: each for each in raw.get("letter", ())}
        self.fees: dict[str, Raw] = {each["id"]: each for each in raw.get("fee", ())}
        self.rules: list[Raw] = list(raw["rule"])
        self.nations = nations_of(raw)

    @property
    def has_place(self) -> bool:
        return bool(self.process.get("place", "needed") == "needed")

    @cached_property
    def fields(self) -> dict[str, Raw]:
        """Every field where it is first described."""
        found: dict[str, Raw] = {}
        for stage in self.stages.values():
            for field in stage.get("field", ()):
                if "again" not in field:
                    found.setdefault(field["id"], field)
        return found

    def asked(self, name: str) -> Raw | None:
        return self.questions.get(name) or self.fields.get(name)

    def form(self, stage: Raw) -> list[Raw]:
        """The fields of a stage, those of others with what differs here."""
        found = list[Raw]()
        for field in stage.get("field", ()):
            if "again" in field:
                first = self.fields[field["again"]]
                found.append(
                    {**first, "needed": field.get("needed", is_needed(first)), "only_if": field.get("only_if", {})}
                )
            else:
                found.append(field)
        return found

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Columns of the triage table, in the order in which they are asked."""
        found = {name: values for name, asked in self.questions.items() if (values := values_of(asked))}
        return found | ({PLACE: PLACES} if self.has_place else {})

    @cached_property
    def all_columns(self) -> dict[str, tuple[str, ...]]:
        """Columns of tables of stages."""
        return {
            name: values for name, asked in {**self.fields, **self.questions}.items() if (values := values_of(asked))
        }

    def dues(self, stage: Raw) -> tuple[Raw, ...]:
        return many(stage["due"])

    def who(self, stage: Raw) -> tuple[str, ...]:
        return many(stage["who"])

    def outcomes(self, stage: Raw) -> dict[str, Raw]:
        return {each["id"]: each for each in stage["outcome"]}

    def first_of(self, rule: Raw) -> str | None:
        """The stage in which reports by a rule begin."""
        return rule.get("stage") or self.recipients.get(rule.get("to", ""), {}).get("first_stage")

    @cached_property
    def strangers(self) -> frozenset[str]:
        """What somebody outside the council fills in on some way."""
        found = set(self.questions)
        for stage in self.stages.values():
            if any(self._is_stranger(stage, name) for name in self.who(stage)):
                found |= {field["id"] for field in self.form(stage)}
        return frozenset(found)

    def _is_stranger(self, stage: Raw, name: str) -> bool:
        if name == CITIZEN or name.startswith("flow:"):
            return True
        asked = [name] if name != RECIPIENT else [
            rule["to"] for rule in self.rules if rule.get("to") in self.recipients and self.first_of(rule) == stage["id"]
        ]  # fmt: skip
        return any(self.recipients[each]["kind"] != "team" for each in asked if each in self.recipients)

    def is_personal(self, name: str) -> bool:
        asked = self.asked(name) or {}
        marked = [asked, *asked.get("choices", ())]
        return (
            kind_of(asked) == "person" or bool(asked.get("personal")) or any(each.get("sensitive") for each in marked)
        )

    def letters_of(self) -> Iterator[tuple[str, str]]:
        """Stage and outcome, with each letter that they send."""
        for stage in self.stages.values():
            for outcome in stage["outcome"]:
                yield from ((f"{stage['id']}/{outcome['id']}", letter) for letter in many(outcome.get("letter")))
