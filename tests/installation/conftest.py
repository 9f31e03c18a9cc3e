"""Whole installations: every part a process of its own, as `waywarden up` starts them."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.cli.supervisor import WITHOUT_CAPS, Installation, running
from routing.settings import Settings, shipped

Install = Callable[..., contextlib.AbstractContextManager[Installation]]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    @contextlib.contextmanager
    def start(**options: Any) -> Iterator[Installation]:
        environment = {"WAYWARDEN_LEASE_S": "4", "WAYWARDEN_SCAN_S": "0.5", "WAYWARDEN_RETRY_AFTER_S": "[1,1,1,1,1,1]"}
        environment |= WITHOUT_CAPS
        environment |= options.pop("environment", {})
        settings = Settings(data_dir=tmp_path, councils_dir=shipped("councils"), processes_dir=shipped("processes"))
        settings = settings.model_copy(update=options.pop("settings", {}))
        here = Installation(
            settings, tmp_path, with_standins=True, with_worker=False, environment=environment, **options
        )
        with running(here):
            refresh(here)
            yield here

    return start


def refresh(here: Installation) -> None:
    """Fill the directory from the stand-in Modern.Gov."""
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--json"]
    environment = os.environ | here.part_environment() | here.environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
