"""The tutorial, run step by step as it stands, and the how-tos: each file that they name is there."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT
from tests.present import present
from tests.servers import web_server

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"Save this as `([^`]+)`")
NAMED = re.compile(r"`([\w-]+/[\w./-]*|prefect\.yaml)`")


class Reader:
    """Does what the tutorial says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        shutil.copytree(ROOT / "councils", folder / "councils")
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        self.before: list[str] = []
        """Exports, which hold for all that is typed later."""

    def type(self, commands: str) -> None:
        script = "set -u\n" + "\n".join([*self.before, commands])
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {"WAYWARDEN_DATA_DIR": str(self.folder / "data"), "COLUMNS": "160"}
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        self.before += [line for line in commands.splitlines() if line.startswith("export ")]
        self.said = done.stdout + done.stderr

    def walk(self, commands: str, typed: str) -> None:
        """Type into a command that asks."""
        self.type(f"{commands.strip()} <<'TYPED'\n{typed}TYPED")

    def change(self, diff: str) -> None:
        """Replace the one line that begins with a minus by the one that begins with a plus, wherever it stands."""
        old, new = (line[1:] for line in diff.strip().splitlines())
        (file,) = [
            path
            for path in (self.folder / "my-councils" / "merewold").rglob("*.toml")
            if old in path.read_text().splitlines()
        ]
        lines = file.read_text().splitlines()
        assert lines.count(old) == 1
        file.write_text("\n".join(new if line == old else line for line in lines) + "\n")


@pytest.mark.thorough
def test_the_tutorial_does_what_it_says(tmp_path, database, settings, http):
    reader, text = Reader(tmp_path), TUTORIAL.read_text()
    kinds, files, asks = [], iter(SAVED_AS.findall(text)), ""
    for kind, name, content in BLOCK.findall(text):
        kinds.append((kind, name))
        if kind == "toml":
            (tmp_path / next(files)).write_text(content)
        elif name == "walk":
            asks = content
        elif name == "typed":
            reader.walk(asks, content)
        elif kind == "diff":
            reader.change(content)
        elif kind == "text":
            assert content.strip() in re.sub(r" +\n", "\n", reader.said)
        elif name is None or not name:
            reader.type(content)
        elif name == "report":
            assert content.startswith("WEB=http://127.0.0.1:")  # a second terminal knows nothing of the first
            body = json.loads(present(re.search(r"-d '(.*)'", content))[1])
            with web_server(
                settings.model_copy(
                    update={"councils_dir": tmp_path / "my-councils", "processes_dir": ROOT / "processes"}
                ),
                http,
            ) as web:
                answer = requests.post(f"{web.url}/api/reports", json=body, timeout=10)
            assert answer.status_code == 201, answer.text
    assert ("sh", "up") in kinds
    assert kinds.count(("diff", "")) == 3
    assert next(files, None) is None
    assert (tmp_path / "drain.svg").read_text().startswith("<svg ")
    with database.transaction() as tx:
        assert tx.execute("SELECT process FROM report").fetchone()["process"] == "blocked-drain"


@pytest.mark.fast
@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=lambda page: page.stem)
def test_each_file_that_a_how_to_names_is_there(page):
    named = NAMED.findall(page.read_text())
    assert len(named) >= 5
    for name in named:
        assert (ROOT / name).exists(), name


SECTION = re.compile(r"^## 8\..*?(?=^## )", re.MULTILINE | re.DOTALL)
FURTHER = re.compile(r"^  ```toml (add|from|to)\n(.*?)^  ```$", re.MULTILINE | re.DOTALL)
STAGES = re.compile(r"^```toml[^\n]*\n([^`]*?\[\[example\]\].*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.fast
def test_what_the_tutorial_shows_of_further_words_does_what_it_says_in_the_file():
    from routing.process import parse

    page = TUTORIAL.read_text()
    (file,) = STAGES.findall(page)
    (section,) = SECTION.findall(page)
    points = re.split(r"^- \*\*", section, flags=re.MULTILINE)[1:]
    for point in points:
        text, old = file, None
        for how, shown in FURTHER.findall(point):
            part = textwrap.dedent(shown)
            if how == "add":
                text += f"\n{part}"
            elif how == "from":
                old = part.rstrip("\n")
            else:
                assert old is not None
                assert old in text
                text = text.replace(old, part.rstrip("\n"), -1 if old.startswith("answers") else 1)
        definition = parse(text, "drain.toml")
        assert definition != parse(file, "drain.toml")
        assert len(definition.example) == 3
    assert len(points) == 3
