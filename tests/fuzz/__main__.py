"""``python -m tests.fuzz``: give many mutated inputs to every reader. Exit code 1 if one fails."""

import argparse
import faulthandler
import json
import os
import sys
import time
from pathlib import Path

from tests.fuzz.campaign import Tally, run
from tests.fuzz.reader import Folder, Reader, judge, make_input
from tests.fuzz.readers import READERS

KEPT_OF_A_KIND = 3


def main() -> int:
    """Run a campaign, or replay one input."""
    given = _arguments()
    readers = [reader for reader in READERS if given.reader in (None, reader.name)]
    if not readers:
        say(f"There is no reader {given.reader}. Use one of: {', '.join(reader.name for reader in READERS)}.")
        return 2
    if given.replay is not None:
        return _replay(readers[0], given.seed, given.replay, given.keep)
    began = time.monotonic()
    tallies = run(readers, given.inputs, given.seed, given.minutes, given.processes, say)
    for reader, tally in zip(readers, tallies, strict=True):
        _keep(reader, tally, given.seed, given.keep)
    if given.json:
        sys.stdout.write(json.dumps(_document(tallies, given.seed, time.monotonic() - began)) + "\n")
    else:
        sys.stdout.write(_table(tallies, given.seed, time.monotonic() - began))
    return 1 if any(tally.failures for tally in tallies) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="total number; slow readers get fewer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", help="only this reader")
    parser.add_argument("--minutes", type=float, default=30.0, help="stop after this many minutes")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="folder for inputs that fail")
    parser.add_argument("--replay", type=int, metavar="NUMBER", help="repeat one input of --reader in this process")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _replay(reader: Reader, seed: int, number: int, keep: Path | None) -> int:
    content, folder = make_input(reader, seed, number), Folder()
    if keep is not None:
        _write(keep, reader, seed, number, content)
    say(f"{reader.name}, seed {seed}, input {number}, {len(content):,} bytes: {content[:200]!r}")
    faulthandler.dump_traceback_later(2 * reader.most_cpu_s, exit=True)
    outcome, failure = judge(reader, content, folder.empty())
    folder.remove()
    say(failure.text if failure else outcome.value)
    return 1 if failure else 0


def _keep(reader: Reader, tally: Tally, seed: int, keep: Path | None) -> None:
    for kind, (numbers, text) in tally.failures.items():
        say(f"\n{tally.reader}: {len(numbers)} times {kind}\n{text}")
        say(f"Again: python -m tests.fuzz --reader {tally.reader} --seed {seed} --replay {numbers[0]}")
        for number in numbers[:KEPT_OF_A_KIND] if keep is not None else []:
            _write(keep, reader, seed, number, make_input(reader, seed, number))


def _write(keep: Path | None, reader: Reader, seed: int, number: int, content: bytes) -> None:
    assert keep is not None
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{reader.name}-{seed}-{number}").write_bytes(content)


def _table(tallies: list[Tally], seed: int, seconds: float) -> str:
    rows: list[tuple[str, ...]] = [("reader", "inputs", "refused", "accepted", "failures")]
    rows += [
        (each.reader, f"{each.inputs:,}", f"{each.refused:,}", f"{each.accepted:,}", f"{each.failed:,}")
        for each in tallies
    ]
    sums = [sum(column) for column in zip(*((t.inputs, t.refused, t.accepted, t.failed) for t in tallies), strict=True)]
    rows.append(("in all", *(f"{each:,}" for each in sums)))
    lines = [f"{row[0]:<20}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows]
    return "\n".join([*lines, f"seed {seed}, {seconds:.0f} s"]) + "\n"


def _document(tallies: list[Tally], seed: int, seconds: float) -> dict[str, object]:
    readers = {
        each.reader: {"inputs": each.inputs, "refused": each.refused, "accepted": each.accepted,
                      "failures": {kind: numbers for kind, (numbers, _) in each.failures.items()}}
        for each in tallies
    }  # fmt: skip
    inputs, failures = sum(each.inputs for each in tallies), sum(each.failed for each in tallies)
    return {"seed": seed, "seconds": round(seconds, 1), "inputs": inputs, "failures": failures, "readers": readers}


if __name__ == "__main__":
    sys.exit(main())
