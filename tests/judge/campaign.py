"""Mutants judged twice: by the loader with its proofs, and by the judge."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from routing.errors import DefinitionError
from routing.process import parse
from tests.judge.mutate import mutant
from tests.judge.verdict import SOUND, judge

EXAMPLES = Path(__file__).parent.parent / "process" / "examples"
NEXT = ("speeding-traffic", "overgrown-hedge", "missed-bin", "dropped-kerb")
"""The four that are shipped next."""


@dataclass(frozen=True)
class Verdict:
    """One mutant's two verdicts; ``says`` is the loader's error, empty if it took the file."""

    name: str
    seed: str
    says: str
    judged: str

    @property
    def is_equal(self) -> bool:
        return (self.says == "") == (self.judged == SOUND)


@dataclass
class Campaign:
    """What came of many mutants.

    Attributes:
        judged: file → class of fault → how many.
        differ: those that loader and judge see differently.
    """

    judged: dict[str, Counter[str]] = field(default_factory=dict)
    differ: list[Verdict] = field(default_factory=list)

    @property
    def in_all(self) -> Counter[str]:
        return sum(self.judged.values(), Counter())

    def take(self, verdict: Verdict) -> None:
        self.judged.setdefault(verdict.name, Counter())[verdict.judged] += 1
        self.differ += [] if verdict.is_equal else [verdict]


def said_by_loader(text: str) -> str:
    """The loader's complaint; empty if it takes the file."""
    try:
        parse(text, "x.toml")
    except DefinitionError as error:
        return str(error)
    return ""


def verdict_of(name: str, seed: str, changes: int = 1) -> Verdict:
    """The two verdicts of one mutant of an example."""
    text = mutant((EXAMPLES / f"{name}.toml").read_text(), f"{seed}:{name}", changes)
    return Verdict(name, seed, said_by_loader(text), judge(text))


def counted(verdicts: Iterable[Verdict]) -> Campaign:
    """Count verdicts."""
    found = Campaign()
    for verdict in verdicts:
        found.take(verdict)
    return found
