"""A release is made of what the repository says, or of nothing."""

import json
import runpy
import subprocess
import tomllib

import pytest

import routing
from tests.conftest import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "release.py"))
NotReady, notes_of, need_clean, pins_of, tidied = (
    TOOL[name] for name in ("NotReady", "notes_of", "need_clean", "pins_of", "tidied")
)
CHANGELOG = (
    "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- A desk.\n\n## [0.1.0] - 2026-01-01\n"
)


def test_the_notes_of_a_version_are_its_section_of_the_changelog():
    assert notes_of(CHANGELOG, "0.2.0") == "### Added\n\n- A desk.\n"


@pytest.mark.parametrize("version", ["0.1.0", "0.3.0", "0.2", "0x2.0"])
def test_a_version_of_which_nothing_is_said_is_not_released(version):
    with pytest.raises(NotReady, match="has nothing under"):
        notes_of(CHANGELOG, version)


def test_the_version_is_one_and_has_notes():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version == routing.__version__
    assert notes_of((ROOT / "CHANGELOG.md").read_text(), version)


def test_only_a_commit_without_the_tag_is_released(tmp_path):
    def git(*arguments):
        who = ["-c", "user.name=A", "-c", "user.email=a@a.example"]
        return subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    (tmp_path / "a.txt").write_text("one")
    with pytest.raises(NotReady, match=r"1 files differ from the last commit. Commit or remove them: a\.txt"):
        need_clean(tmp_path, "0.2.0")
    git("add", ".")
    git("commit", "-qm", "one")
    assert need_clean(tmp_path, "0.2.0") == git("rev-parse", "HEAD").strip()
    git("tag", "v0.2.0")
    with pytest.raises(NotReady, match=r"The tag v0\.2\.0 exists"):
        need_clean(tmp_path, "0.2.0")
    assert need_clean(tmp_path, "0.2.1")


def bom(*pins):
    components = [{"name": name, "version": version, "description": "line 1"} for name, version in pins]
    return {"components": components, "metadata": {"component": {"bom-ref": "root"}}, "dependencies": []}


PINS = {("a", "1"), ("a", "2"), ("b", "2")}


def test_the_bill_of_materials_has_each_version_of_a_package_and_the_pages_own():
    assets = json.loads((ROOT / "assets" / "package-lock.json").read_text())
    made = tidied(bom(("a", "1"), ("a", "2"), ("a", "2"), ("b", "2")), PINS, {"a"}, assets)
    purls = [each["purl"] for each in made["components"]]
    assert purls[:3] == ["pkg:pypi/a@1", "pkg:pypi/a@2", "pkg:pypi/b@2"]
    assert [purl.partition("@")[0] for purl in purls[3:]] == ["pkg:npm/govuk-frontend", "pkg:npm/leaflet"]
    assert all(len(each["hashes"][0]["content"]) == 128 for each in made["components"][3:])  # SHA-512, in hexadecimal
    assert made["dependencies"] == [{"ref": "root", "dependsOn": sorted([*purls[3:], *purls[:2]])}]


@pytest.mark.parametrize("pins", [[("a", "1"), ("b", "2")], [*PINS, ("c", "1")], [("a", "1"), ("a", "3"), ("b", "2")]])
def test_a_bill_of_materials_that_is_not_the_lock_file_s_is_refused(pins):
    with pytest.raises(NotReady, match="differ"):
        tidied(bom(*pins), PINS, set(), {})


def test_every_package_that_the_project_names_and_every_version_of_one_is_pinned_for_the_bill():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = pins_of((ROOT / "requirements.lock").read_text())
    assert ("prefect", "3.8.8") in pins
    assert len([version for name, version in pins if name == "numpy"]) == 2  # an older Python needs an older one
    assert {TOOL["REQUIREMENT"].match(each)[0] for each in project["dependencies"]} <= {name for name, _ in pins}
