import functools
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def _commands() -> Iterator[None]:
    """Typer makes the tree of commands anew at each call, a third of the time of a command in a process that lives."""
    import typer.main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def waywarden(database_url, tmp_path, monkeypatch, capsys, _commands):
    """Run a command as its entry point does, in this process, against the test's database."""
    from routing.cli import main

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        told = {"WAYWARDEN_DATABASE_URL": database_url, "WAYWARDEN_DATA_DIR": str(tmp_path), "NO_COLOR": "1"}
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["waywarden", *words])
            for name, value in (told | environment).items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(words, ended.value.code or 0, shown.out, shown.err)

    return run
