"""The files of four councils, one in each nation, that use the four processes."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tests.conftest import ROOT
from tests.staged import pages, wanted
from tests.year.district import FAR, MERE, NAMES, NOR, SALT, SLUGS, District
from tests.year.facts import Council

PROCESSES = ("speeding-traffic", "overgrown-hedge", "missed-bin", "dropped-kerb")
NATIONS = {MERE: "england", SALT: "wales", FAR: "scotland", NOR: "northern-ireland"}
TRUNK_ROADS = "merewold"

FILE = """{first}processes = [{processes}]

[council]
name = "{name} Council"
gss = "{gss}"
nation = "{nation}"
version = "{version}"
added_holidays = [{added}]
website = "https://www.{slug}.example/"
{source}

[moderngov]
base_url = "https://democracy.{slug}.example/{slug}"
{source}

[privacy]
controller = "{name} Council"
contact = "privacy@{slug}.example"
purpose = "to send your report to the people who can act on it"
lawful_basis = "a task carried out in the public interest"
rights = "You can ask for a copy of what we hold about you."
complaints = "Complain to https://ico.org.uk/make-a-complaint/"

[accessibility]
able_to = ["use every page without JavaScript"]
contact = "accessibility@{slug}.example"
prepared_on = 2026-11-22
reviewed_on = 2026-11-22
tested = "It was tested by us."
"""
SOURCE = 'source_url = "https://www.council.example/"\nchecked_on = 2026-11-30'
MAILBOX = '\n[mailboxes.{name}]\nname = "{name}"\naddress = "{name}@{slug}.example"\n{source}\n'
PAGE = '\n[pages.{name}]\nname = "Pay"\nurl = "https://pay.{slug}.example/"\n{source}\n'
LISTED = '\n[lists.trunk_roads]\nvalues = ["the A1990"]\n{source}\n'


def process_texts() -> dict[str, str]:
    """Name of a process → the file of it that comes with Waywarden."""
    return {slug: (ROOT / "processes" / slug / "process.toml").read_text(encoding="utf-8") for slug in PROCESSES}


def councils() -> dict[str, Council]:
    """The four councils, as the checker knows them."""
    return {slug: Council(slug, NATIONS[gss], slug == TRUNK_ROADS) for gss, slug in SLUGS.items()}


def write_processes(folder: Path) -> None:
    """One folder for each process."""
    for slug, text in process_texts().items():
        (folder / slug).mkdir(parents=True, exist_ok=True)
        (folder / slug / "process.toml").write_text(text, encoding="utf-8")


def write_councils(
    folder: Path, processes: Path, district: District, version: str, added: Mapping[str, date] | None = None
) -> None:
    """One folder for each council.

    Args:
        added: council → a holiday that was proclaimed.
    """
    for gss, slug in SLUGS.items():
        day = (added or {}).get(slug)
        text = FILE.format(
            first="answers_first = true\n" if slug == TRUNK_ROADS else "",
            processes=", ".join(f'"{each}"' for each in PROCESSES),
            name=NAMES[gss], gss=gss, slug=slug, nation=NATIONS[gss], version=version, source=SOURCE,
            added=day.isoformat() if day is not None else "",
        )  # fmt: skip
        for name in ("review", *wanted(processes)):
            text += MAILBOX.format(name=name, slug=slug, source=SOURCE)
        text += "".join(PAGE.format(name=name, slug=slug, source=SOURCE) for name in pages(processes))
        text += LISTED.format(source=SOURCE) if slug == TRUNK_ROADS else ""
        (folder / slug).mkdir(parents=True, exist_ok=True)
        (folder / slug / "council.toml").write_text(text, encoding="utf-8")
        district.write_links(slug, folder / slug / "parish-links.csv")
