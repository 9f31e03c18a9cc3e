"""One reader: its seeds, its call, and what became of an input."""

import shutil
import tempfile
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

from routing.errors import WaywardenError
from tests.fuzz.mutate import Structure, spoil

AS_IT_IS = 0.02
"""Share of the inputs that are seeds as they are: they show that a reader still reads."""


@dataclass(frozen=True)
class Reader:
    """A function of the product that takes bytes from outside.

    Attributes:
        seeds: small valid inputs, the same in every process.
        read: is given the input and an empty folder of its own.
        structure: spoils what a seed holds, where its format is known.
        cost_ms: of one input, about; what is dear gets fewer of them.
        also: errors that are documented besides ours.
        most_cpu_s: an input that takes longer is a failure.
    """

    name: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[bytes, Path], object]
    structure: Structure | None = None
    cost_ms: float = 1.0
    also: tuple[type[Exception], ...] = ()
    most_cpu_s: float = 5.0


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Failure:
    """What went wrong, and where: ``kind`` is the same for every input that shows it."""

    kind: str
    text: str


_kept: dict[str, list[bytes]] = {}


def seeds_of(reader: Reader) -> list[bytes]:
    """The seeds, made once a process."""
    if reader.name not in _kept:
        _kept[reader.name] = reader.seeds()
    return _kept[reader.name]


def make_input(reader: Reader, seed: int, number: int) -> bytes:
    """The input of this number; the same whenever and wherever it is made."""
    rng, seeds = Random(f"{reader.name}/{seed}/{number}"), seeds_of(reader)
    content, other = rng.choice(seeds), rng.choice(seeds)
    if rng.random() < AS_IT_IS:
        return content
    if reader.structure is None or rng.random() < 0.4:
        return spoil(rng, content, other)
    content = reader.structure(rng, content)
    return spoil(rng, content, other) if rng.random() < 0.1 else content


def judge(reader: Reader, content: bytes, folder: Path) -> tuple[Outcome, Failure | None]:
    """Give an input to a reader."""
    refusals: tuple[type[Exception], ...] = (WaywardenError, *reader.also)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's, of a file that is not quite right
            reader.read(content, folder)
    except refusals:
        return Outcome.REFUSED, None
    except Exception as error:  # noqa: BLE001  # that is what is looked for
        return Outcome.FAILED, Failure(_kind(error), "".join(traceback.format_exception(error))[-4_000:])
    return Outcome.ACCEPTED, None


def _kind(error: Exception) -> str:
    """The error's name, and the last place in the product, or else here, that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/routing/" in each.filename] or frames[-1:]
    where = ours[-1].filename.partition("/routing/")[2] or Path(ours[-1].filename).name
    return f"{type(error).__name__} at {where}:{ours[-1].lineno}"


class Folder:
    """A folder that is emptied for each input."""

    def __init__(self) -> None:
        self._made = Path(tempfile.mkdtemp(prefix="ww-fuzz-"))
        self.path = self._made / "testshire"  # a council is called after its folder
        self.path.mkdir()

    def empty(self) -> Path:
        """The folder, with nothing in it."""
        for each in self.path.iterdir():
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        return self.path

    def remove(self) -> None:
        shutil.rmtree(self._made, ignore_errors=True)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def need_storable(value: Any) -> None:
    """What was accepted goes into a database, which takes neither NUL nor half a character.

    Raises:
        ValueError: it would not take this.
    """
    if isinstance(value, str) and not _encodes(value):
        raise ValueError(f"accepted, but no database takes {value[:40]!r}")
    if isinstance(value, dict):
        need_storable([*value, *value.values()])
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            need_storable(each)
