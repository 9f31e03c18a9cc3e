"""Many inputs over several processes, so that a reader that crashes or never ends is only one more failure."""

import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.fuzz.reader import Folder, Outcome, Reader, judge, make_input, seeds_of

SILENCE_S = 120.0
"""A reader that takes no processor time and does not end is given up after so long."""

MOST_MEMORY = 6 << 30
CHUNK_S = 10.0
DONE, AT, ACCEPTED, REFUSED = range(4)


@dataclass
class Tally:
    """What became of the inputs of one reader; failures as kind → numbers and text of the first."""

    reader: str
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    failures: dict[str, tuple[list[int], str]] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(len(numbers) for numbers, _ in self.failures.values())

    def fail(self, number: int, kind: str, text: str) -> None:
        self.failures.setdefault(kind, ([], text))[0].append(number)


@dataclass
class Job:
    """Numbers of inputs that one process tries."""

    reader: Reader
    first: int
    end: int


class Worker:
    """A process at a job, and what it says of itself: how many are done, which is tried, accepted, refused."""

    def __init__(self, job: Job, seed: int) -> None:
        self.job = job
        self.said = multiprocessing.RawArray("q", (0, job.first, 0, 0))
        handle, name = tempfile.mkstemp(prefix="ww-fuzz-", suffix=".jsonl")
        os.close(handle)
        self.failures = Path(name)
        context = multiprocessing.get_context("fork")
        self.process: BaseProcess = context.Process(target=_work, args=(job, seed, self.said, self.failures))
        self.process.start()
        self._seen, self._since = (-1, -1), time.monotonic()

    def is_stuck(self) -> bool:
        now = (self.said[DONE], self.said[AT])
        if now != self._seen:
            self._seen, self._since = now, time.monotonic()
        return time.monotonic() - self._since > SILENCE_S

    def close(self, tally: Tally, *, was_told: bool) -> Job | None:
        """Count what it did; what is left of its job after a crash, unless it was told to end."""
        tally.inputs += self.said[DONE]
        tally.accepted += self.said[ACCEPTED]
        tally.refused += self.said[REFUSED]
        for line in self.failures.read_text().splitlines():
            tally.fail(*json.loads(line))
        self.failures.unlink()
        if was_told or self.process.exitcode == 0:
            return None
        at = self.said[AT]
        tally.inputs += 1
        tally.fail(
            at, f"the process ended with {self.process.exitcode}", "It crashed, or took too much processor time."
        )
        return Job(self.job.reader, at + 1, self.job.end) if at + 1 < self.job.end else None


def _work(job: Job, seed: int, said: Any, failures: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    seeds_of(job.reader)
    folder = Folder()
    with failures.open("a") as file:
        for number in range(job.first, job.end):
            said[AT] = number
            outcome, kind, text = _tried(job.reader, seed, number, folder)
            if outcome is Outcome.FAILED:
                file.write(json.dumps([number, kind, text]) + "\n")
                file.flush()
            said[ACCEPTED] += outcome is Outcome.ACCEPTED
            said[REFUSED] += outcome is Outcome.REFUSED
            said[DONE] += 1
    folder.remove()


def _tried(reader: Reader, seed: int, number: int, folder: Folder) -> tuple[Outcome, str, str]:
    content, path = make_input(reader, seed, number), folder.empty()
    began = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(began + reader.most_cpu_s) + 2, hard)
    )  # beyond it, the process is ended
    outcome, failure = judge(reader, content, path)
    took_s = time.process_time() - began
    if took_s > reader.most_cpu_s:
        return Outcome.FAILED, "slow", f"It took {took_s:.1f} s of processor time."
    return outcome, failure.kind if failure else "", failure.text if failure else ""


def shares(readers: Sequence[Reader], inputs: int) -> dict[str, int]:
    """How many inputs each reader gets: what is dear gets fewer, by the root of what it costs."""
    weights = {reader.name: reader.cost_ms**-0.5 for reader in readers}
    whole = sum(weights.values())
    return {name: max(1, round(inputs * weight / whole)) for name, weight in weights.items()}


def _jobs(readers: Sequence[Reader], inputs: int) -> Iterator[Job]:
    counts = shares(readers, inputs)
    for reader in sorted(readers, key=lambda each: -each.cost_ms):
        step = max(50, int(CHUNK_S * 1_000 / reader.cost_ms))
        for first in range(0, counts[reader.name], step):
            yield Job(reader, first, min(first + step, counts[reader.name]))


def run(
    readers: Sequence[Reader], inputs: int, seed: int, minutes: float, processes: int, say: Callable[[str], None]
) -> list[Tally]:
    """Try so many inputs in all, or as many as there is time for."""
    tallies = {reader.name: Tally(reader.name) for reader in readers}
    left, busy = deque(_jobs(readers, inputs)), list[Worker]()
    until = time.monotonic() + minutes * 60
    while left or busy:
        if time.monotonic() > until:
            left.clear()
            for worker in busy:
                worker.job.end = 0  # it is not begun again
                worker.process.terminate()
        while left and len(busy) < processes:
            busy.append(Worker(left.popleft(), seed))
        ended = wait([worker.process.sentinel for worker in busy], timeout=1.0)
        for worker in [each for each in busy if each.process.sentinel in ended]:
            _end(worker, tallies[worker.job.reader.name], left, say)
            busy.remove(worker)
        for worker in busy:
            if worker.is_stuck():
                worker.process.kill()
    return list(tallies.values())


def _end(worker: Worker, tally: Tally, left: deque[Job], say: Callable[[str], None]) -> None:
    worker.process.join()
    known = set(tally.failures)
    rest = worker.close(tally, was_told=worker.job.end == 0)
    if rest is not None:
        left.appendleft(rest)
    for kind in tally.failures.keys() - known:
        numbers, _ = tally.failures[kind]
        say(f"{tally.reader}, input {numbers[0]}: {kind}")
