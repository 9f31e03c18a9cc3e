"""Processes that run without stages and use the whole language of questions: tests/process/running, for Merewold."""

import datetime
import shutil
from pathlib import Path
from typing import Any

from routing.casework import Catalogue, read_catalogue
from routing.days import today
from routing.process import Definition, parse
from tests.conftest import PLAIN
from tests.samples import point

FOLDER = Path(__file__).parent / "process" / "running"
PAGES = """
[pages.permits]
name = "Pay for a permit"
url = "https://pay.merewold.example/permits?for={reference}"
source_url = "https://www.merewold.example/permits"
checked_on = 2026-11-30
"""
OFFERED = 'processes = ["speeding-traffic", "overgrown-hedge"]'


def folders(to: Path, **changes: tuple[str, str]) -> dict[str, Path]:
    """Settings of an installation whose Merewold offers them too.

    Args:
        changes: slug with ``_`` → a part of its file, and what stands there instead.
    """
    processes, councils = to / "processes", to / "councils"
    shutil.copytree(PLAIN / "processes", processes)
    shutil.copytree(PLAIN / "councils", councils)
    slugs = []
    for path in sorted(FOLDER.glob("*.toml")):
        slugs.append(path.stem)
        text = path.read_text()
        old, new = changes.get(path.stem.replace("-", "_"), ("", ""))
        assert old in text
        (processes / path.stem).mkdir()
        (processes / path.stem / "process.toml").write_text(text.replace(old, new, 1))
    council = councils / "merewold" / "council.toml"
    names = ", ".join(f'"{slug}"' for slug in ("speeding-traffic", "overgrown-hedge", *slugs))
    assert OFFERED in council.read_text()
    council.write_text(council.read_text().replace(OFFERED, f"processes = [{names}]") + PAGES)
    return {"processes_dir": processes, "councils_dir": councils}


def with_neighbours_copy(to: Path, slug: str, text: str) -> dict[str, Path]:
    """The same, with a neighbour, Saltby, that has a copy of its own of a process."""
    where = folders(to)
    saltby = where["councils_dir"] / "saltby"
    (saltby / "processes" / slug).mkdir(parents=True)
    (saltby / "processes" / slug / "process.toml").write_text(text)
    council = (saltby / "council.toml").read_text()
    offered = next(line for line in council.splitlines() if line.startswith("processes = ["))
    boxes = "".join(
        f"""
[mailboxes.{name}]
name = "A team"
address = "{name}@saltby.example"
source_url = "https://www.saltby.example/contact"
checked_on = 2026-11-30
"""
        for name in ("grounds", "highways")
        if f"[mailboxes.{name}]" not in council
    )
    changed = council.replace(offered, offered.replace("]", f', "{slug}"]')) + boxes + PAGES
    (saltby / "council.toml").write_text(changed)
    return where


def catalogue_of(to: Path) -> Catalogue:
    """The councils and processes of such an installation."""
    where = folders(to)
    return read_catalogue(where["councils_dir"], where["processes_dir"])


def definition_of(slug: str) -> Definition:
    return parse((FOLDER / f"{slug}.toml").read_text(), slug)


def in_days(days: int) -> datetime.date:
    return today() + datetime.timedelta(days=days)


def party(**changes: Any) -> dict[str, Any]:
    """Answers of every kind, as a program sends them. They go to the highways team, with a copy to the clerk."""
    return {
        "party_on": in_days(60).isoformat(), "guests": 80, "own_street": "yes", "closing": "yes",
        "closed_at": ["afternoon", "evening"], "plan": "Cake.\nA brass band.", "access": "Bo Canary needs a ramp",
        "organiser": {"name": "Ada Quillfeather", "address": "1 Plume Lane"},
    } | changes  # fmt: skip


def announced(at: str = "parish", **changes: Any) -> dict[str, Any]:
    """A submission of a street party."""
    return {"process": "street-party", "answers": party(), "place": point(at)} | changes


def permit(**changes: Any) -> dict[str, Any]:
    """An application for a parking permit, as a program sends it."""
    answers = {
        "months": "six", "holder": {"name": "Ada Quillfeather", "email": "ada@citizen.example"}, "born_on": "1980-02-01",
        "receipt": "R-7781",
    }  # fmt: skip
    return {
        "process": "parking-permit", "answers": answers, "details": "I have no drive.",
        "reporter": {"email": "ada@citizen.example"},
    } | changes  # fmt: skip
