"""``python -m tests.year --seed 1 --days 91 [--reports 5000] [--first 2027-02-01] [--json]``."""

import argparse
import json
import sys
import time
from datetime import date

from tests.year.checker import Verdict, check, totals
from tests.year.quarter import FIRST, live

MOST_SHOWN = 20


def main() -> int:
    """Live a quarter and print what the checker found; 1 if it found faults."""
    parser = argparse.ArgumentParser(prog="tests.year", description="A simulated quarter, judged by a checker.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=91)
    parser.add_argument("--reports", type=int, default=5000)
    parser.add_argument("--first", type=date.fromisoformat, default=FIRST, help="first day, which must lie ahead")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    given = parser.parse_args()
    begun = time.monotonic()
    facts = live(given.seed, given.days, given.reports, given.first, say)
    verdict = check(facts)
    show(verdict)
    counts = totals(verdict)
    if given.json:
        asked = {"seed": given.seed, "days": given.days, "reports": len(facts.reports)}
        sys.stdout.write(json.dumps({**asked, **counts, "wall_s": round(time.monotonic() - begun, 1)}) + "\n")
    return 0 if verdict.is_good else 1


def show(verdict: Verdict) -> None:
    """The table of a quarter: which ways cases went, and every fault."""
    for way, times in sorted(verdict.ways.items()):
        sys.stdout.write(f"{times:6}  {way}\n")
    for name, number in totals(verdict).items():
        sys.stdout.write(f"{number:6}  {name.replace('_', ' ')}\n")
    for name, faults in verdict.faults.items():
        for fault in sorted(faults)[:MOST_SHOWN]:
            sys.stdout.write(f"{name}: {fault}\n")


def say(line: str) -> None:
    """For whoever waits."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
