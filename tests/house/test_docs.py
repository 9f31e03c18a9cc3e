"""What the documentation promises is there."""

import re
from pathlib import Path

import pytest

from routing.process import PLACEHOLDERS
from routing.settings import Settings
from tests.conftest import ROOT

DOCS = ROOT / "docs"


def test_every_setting_is_documented_with_its_default():
    text = (DOCS / "configuration.md").read_text()
    for name in Settings.model_fields:
        assert f"`WAYWARDEN_{name.upper()}`" in text, name


def test_no_setting_is_documented_that_does_not_exist():
    text = (DOCS / "configuration.md").read_text()
    named = set(re.findall(r"`WAYWARDEN_([A-Z_]+)`", text))
    assert named <= {name.upper() for name in Settings.model_fields} | {"REAL_DATA"}


def test_every_placeholder_of_the_process_language_is_documented():
    text = (DOCS / "process-language.md").read_text()
    for name in PLACEHOLDERS:
        assert f"{{{name}}}" in text


LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_readme_names_the_two_commands_and_the_makefile_has_them():
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "up"):
        assert f"make {target}" in readme
        assert f"\n{target}:" in makefile


def test_every_adr_says_context_decision_and_consequence():
    adrs = sorted((DOCS / "adr").glob("[0-9]*.md"))
    assert len(adrs) >= 6
    for path in adrs:
        text = path.read_text()
        for heading in ("## Context", "## Decision", "## Consequence"):
            assert heading in text, path.name


def test_no_figure_is_left_to_be_filled_in():
    for path in DOCS.rglob("*.md"):
        assert re.search(r"\b[A-Z]{3,}_(OURS|[A-Z]{1,2})\b", path.read_text()) is None, path.name


def test_the_lock_files_pin_by_hash_and_name_no_address():
    for name in ("requirements.lock", *(f"requirements-{each}.lock" for each in ("dev", "build", "release"))):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in pinned), name
        assert text.count("--hash=sha256:") >= len(pinned)


def test_no_module_is_longer_than_three_hundred_lines_and_no_function_than_forty():
    import ast

    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]:
        text = path.read_text()
        assert text.count("\n") <= 300, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 40, f"{path}: {node.name}"


def test_every_key_of_the_files_is_in_the_reference_with_its_meaning():
    import runpy

    written = runpy.run_path(str(ROOT / "tools" / "reference.py"))["write"]()
    assert (DOCS / "keys.md").read_text() == written, "write it anew: python tools/reference.py"
