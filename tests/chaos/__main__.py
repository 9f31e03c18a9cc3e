"""``python -m tests.chaos 10`` runs ten seeds and ends stdout with one line of JSON.

Each seed breaks one installation that takes and sends reports, and another in which people answer for some days.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.chaos.campaign import CONNECTIONS, Campaign, run_campaign
from tests.chaos.faults import ANOTHER_VINTAGE
from tests.chaos.week import Week, live_week

DEFAULT_CAPS = "--default-caps"
"""Command line option: limit emails as an installation does. The end of the hour is moved forward at the end."""

MOST_SHOWN = 20


def main() -> None:
    words = [word for word in sys.argv[1:] if word != DEFAULT_CAPS]
    seeds, reports, first = (int(word) for word in [*words, *("1", "2000", "1")[len(words) :]])
    done, weeks = list[Campaign](), list[Week]()
    for seed in range(first, first + seeds):
        done.append(run_campaign(seed, reports, reports / 33, default_caps=DEFAULT_CAPS in sys.argv))
        _show(done[-1])
        weeks.append(live_week(seed))
        _show(weeks[-1])
    _say(json.dumps(summary(done, weeks)))
    both: list[Campaign | Week] = [*done, *weeks]
    sys.exit(0 if all(each.is_good for each in both) else 1)


def _show(done: Campaign | Week) -> None:
    _say(done.line())
    for name, lines in done.found().items():
        for line in lines[:MOST_SHOWN]:
            _say(f"  {name}: {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def summary(done: Sequence[Campaign], weeks: Sequence[Week] = ()) -> dict[str, Any]:
    """The last line of a run. Faults and repeats are those of both parts of each seed."""
    both: list[Campaign | Week] = [*done, *weeks]
    events = [event for each in both for event in each.faults.happened]
    routed, lived = [each.verdict for each in done], [each.life for each in weeks]
    repeats = [*routed, *(each.repeats for each in weeks)]
    causes: Counter[str] = sum((each.by_cause for each in repeats), Counter())
    return {
        "seeds": len({each.seed for each in both}),
        "reports": sum(each.reports for each in done),
        "kills": sum(not event.is_cut and event.kind != ANOTHER_VINTAGE for event in events),
        "cuts": sum(event.is_cut for event in events),
        "smtp_connections": CONNECTIONS,
        "lost": sum(len(each.lost) for each in routed),
        "misrouted": sum(len(each.misrouted) for each in routed),
        "duplicates": sum(each.duplicates for each in repeats),
        "duplicates_by_cause": dict(causes) | {"unexplained": sum(len(each.unexplained) for each in repeats)},
        "cases": sum(each.reports for each in weeks),
        "answers": sum(each.answers for each in weeks),
        "ended": sum(each.ended for each in lived),
        "wrong_stage": sum(len(each.wrong_stage) for each in lived),
        "letters_lost": sum(len(each.letters_lost) for each in lived),
        "letters_unexplained": sum(len(each.letters_unexplained) for each in lived),
        "late_on_wrong_day": sum(len(each.late_on_wrong_day) for each in lived),
        "over_longest_silence": sum(len(each.over_longest_silence) for each in lived),
    }


if __name__ == "__main__":
    main()
