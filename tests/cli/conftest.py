import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def _commands() -> Iterator[None]:
    """Typer makes the tree of commands anew at each call, a third of the time of a command in a process that lives."""
    import typer.main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def waywarden(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    _commands: None,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command as its entry point does, in this process, against the test's database."""
    from routing.cli import main

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        told = {"WAYWARDEN_DATABASE_URL": database_url, "WAYWARDEN_DATA_DIR": str(tmp_path), "NO_COLOR": "1"}
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["waywarden", *arguments])
            for name, value in (told | environment).items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        shown, code = capsys.readouterr(), ended.value.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, shown.out, shown.err)

    return run
