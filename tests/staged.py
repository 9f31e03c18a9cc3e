"""Processes with stages for tests: those of tests/process/examples, adopted by both councils."""

import re
import shutil
from pathlib import Path

from routing.casework import Catalogue, read_catalogue
from tests.conftest import PLAIN, ROOT

EXAMPLES = ROOT / "tests" / "process" / "examples"
ADOPTED = ("speeding-traffic", "missed-bin", "overgrown-hedge", "temporary-event", "complaint")
FILES = {"information-request": EXAMPLES / "foi.toml", "two-stages": ROOT / "tests" / "protocol" / "two-stages.toml"}
"""Processes whose file is elsewhere, or has another name than their slug."""

MAILBOXES = (
    "collections",
    "manager",
    "member",
    "licensing",
    "police",
    "environmental-health",
    "customer-care",
    "services",
)
PAGE = """
[pages.{name}]
name = "Pay"
url = "https://pay.merewold.example/{name}?for={{reference}}"
source_url = "https://www.merewold.example/pay"
checked_on = 2026-11-30
"""
BOX = """
[mailboxes.{name}]
name = "{name}"
address = "{name}@{council}.example"
source_url = "https://www.{council}.example/contact"
checked_on = 2026-11-30
"""


def folders(to: Path, *slugs: str, about: str = "", **changes: tuple[str, str]) -> dict[str, Path]:
    """Settings of an installation whose councils use these processes, by default five.

    Args:
        about: further lines for ``[council]`` of Merewold.
        changes: slug with ``_`` → a part of its file, and what stands there instead.
    """
    processes, councils = to / "processes", to / "councils"
    shutil.copytree(PLAIN / "councils", councils)
    for slug in slugs or ADOPTED:
        text = FILES.get(slug, EXAMPLES / f"{slug}.toml").read_text()
        old, new = changes.get(slug.replace("-", "_"), ("", ""))
        assert old in text
        (processes / slug).mkdir(parents=True)
        (processes / slug / "process.toml").write_text(text.replace(old, new) if old else text)
    offered = ", ".join(f'"{slug}"' for slug in slugs or ADOPTED)
    for council in ("merewold", "saltby"):
        path = councils / council / "council.toml"
        text = re.sub(r"(?m)^processes = .*$", f"processes = [{offered}]", path.read_text())
        text += "".join(
            BOX.format(name=each, council=council) for each in wanted(processes) if f"[mailboxes.{each}]" not in text
        )
        text += "".join(PAGE.format(name=each) for each in pages(processes) if f"[pages.{each}]" not in text)
        path.write_text(text.replace("[council]\n", f"[council]\n{about}\n", 1) if council == "merewold" else text)
    return {"processes_dir": processes, "councils_dir": councils}


def wanted(processes: Path) -> list[str]:
    """The mailboxes that these processes need."""
    found = set[str]()
    for path in processes.glob("*/process.toml"):
        for part in path.read_text().split("[[recipient]]")[1:]:
            own = part.split("[[")[0]
            if 'kind = "parish"' not in own:
                name = re.search(r'(?m)^mailbox = "([^"]+)"', own) or re.search(r'(?m)^id = "([^"]+)"', own)
                assert name is not None
                found.add(name[1])
    return sorted(found)


def pages(processes: Path) -> list[str]:
    """The pages for fees that these processes need."""
    return sorted(
        {
            name
            for path in processes.glob("*/process.toml")
            for name in re.findall(r'(?m)^page = "([^"]+)"', path.read_text())
        }
    )


def catalogue_of(to: Path, *slugs: str, about: str = "", **changes: tuple[str, str]) -> Catalogue:
    where = folders(to, *slugs, about=about, **changes)
    return read_catalogue(where["councils_dir"], where["processes_dir"])
