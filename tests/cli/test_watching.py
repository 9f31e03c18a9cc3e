"""The light supervisor: it goes on with the processes of what it was, whatever becomes of those who read along."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from routing.cli.parts import Part
from tests.conftest import until
from tests.present import present

pytestmark = pytest.mark.thorough

BECOMES = """
import os, signal, sys
from pathlib import Path
from routing.cli.parts import Part
from routing.cli.watching import SIGNALS, become

folder = Path(sys.argv[1])
parts = [Part(name, ["sleep", "600"], folder / f"{name}.log", said="x" * 100_000) for name in ("engine", "prefect")]
for part in parts:
    part.start(os.environ)
(folder / "addresses.json").write_text("{}")
print(*(part.process.pid for part in parts), flush=True)
signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
if sys.argv[2] == "at once":
    os.kill(os.getpid(), signal.SIGTERM)
become(parts, dict(os.environ), folder / "addresses.json", [], None)
"""


@pytest.fixture
def supervisor(tmp_path):
    """A process that starts two parts and becomes their light supervisor; nobody reads what it says."""
    started: list[subprocess.Popen[str]] = []

    def start(when: str = "later") -> tuple[subprocess.Popen[str], list[int]]:
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-c", BECOMES, str(tmp_path), when], stdout=subprocess.PIPE, stderr=writing, text=True
        )
        os.close(writing)
        os.close(reading)
        started.append(process)
        return process, [int(pid) for pid in present(process.stdout).readline().split()]

    yield start
    for process in started:
        process.kill()
        process.wait()
        present(process.stdout).close()


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def is_light(process) -> bool:
    return b"routing.cli.watching" in Path(f"/proc/{process.pid}/cmdline").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestOnLinux:
    def test_what_dies_is_started_again_though_nobody_reads_and_all_ends_in_order(self, supervisor, tmp_path):
        process, (engine, prefect) = supervisor()
        until(lambda: is_light(process))
        os.kill(engine, signal.SIGKILL)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        until(lambda: len(set(children.read_text().split()) - {str(engine), str(prefect)}) == 1)
        assert lives(prefect)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert not lives(prefect)
        assert not (tmp_path / "addresses.json").exists()

    def test_a_signal_that_comes_while_it_changes_is_not_lost(self, supervisor, tmp_path):
        process, (engine, prefect) = supervisor("at once")
        assert process.wait(30) == 0
        assert not lives(engine)
        assert not lives(prefect)


def test_a_part_is_told_whole_and_taken_over(tmp_path):
    part = Part("web", ["sleep", "1"], tmp_path / "web.log", starts=3, failures=2, due_at=7.5, said="why")
    again = Part.taken_over(json.loads(json.dumps(part.as_told())))
    assert again == part
