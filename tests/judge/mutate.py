"""Mutants: a file with one line changed, drawn from a seed."""

import random
import re
from collections.abc import Callable

Lines = list[str]
QUOTED = re.compile(r'"([^"]*)"')
NUMBER = re.compile(r"(?<![\w\"-])\d+(?![\w\"-])")
WORD = re.compile(r"\{[a-z][\w.]*\}")
KEYED = re.compile(r"^(\w+) = (.*)$")

OTHER_KEYS = (
    ("next", "end", "extend"), ("hours", "working_days", "calendar_days", "weeks", "months"), ("after", "before"),
    ("least", "most"), ("late_at", "remind_at", "at_most"), ("to", "signpost"), ("ask", "hint"), ("late", "otherwise"),
    ("below", "value"), ("needed", "personal"), ("when", "only_if"), ("id", "again"), ("letter", "next"),
)  # fmt: skip
OTHER_VALUES = (
    ("choice", "choices", "text", "date", "number", "photo", "person"), ("parish", "team", "partner"),
    ("answered", "refused", "lapsed", "unanswered"), ("citizen", "nobody", "recipient"), ("back", "received"),
    ("working_days_ago", "calendar_days_ago", "working_days_ahead", "clear_working_days_ahead", "calendar_days_ahead"),
    ("parish", "unparished", "uncertain", "outside_other", "off_map", "no_data"), ("needed", "none", "optional"),
)  # fmt: skip
ADDED = (
    "needed = false", "personal = true", "sensitive = true", "at_once = true", 'clock = "stops"', "when = {}", 'end = "unanswered"',
    'next = "back"', 'letter = "refused"', "most_days_ahead = 30", 'who = "citizen"', 'fallback = "review"', "at_most = 2",
    'place = "none"', "public = true",
)  # fmt: skip


def mutant(text: str, seed: str, changes: int = 1) -> str:
    """A file with one line changed, added or taken away, or with several."""
    draw = random.Random(seed)
    for _ in range(changes):
        text = _changed(text, draw)
    return text


def _changed(text: str, draw: random.Random) -> str:
    while True:
        lines = text.splitlines()
        number = draw.choice([n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")])
        changed = draw.choice(WAYS)(lines, number, draw)
        if changed is not None and changed != text.splitlines():
            return "\n".join(changed) + "\n"


def _with(lines: Lines, number: int, *new: str) -> Lines:
    return [*lines[:number], *new, *lines[number + 1 :]]


def _gone(lines: Lines, number: int, _draw: random.Random) -> Lines | None:
    return _with(lines, number)


def _twice(lines: Lines, number: int, _draw: random.Random) -> Lines | None:
    return _with(lines, number, lines[number], lines[number])


def _swapped(lines: Lines, number: int, _draw: random.Random) -> Lines | None:
    if number + 1 == len(lines):
        return None
    return [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]


def _added(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    return _with(lines, number, lines[number], draw.choice(ADDED)) if KEYED.match(lines[number]) else None


def _one_of(
    pattern: re.Pattern[str], lines: Lines, number: int, draw: random.Random, new: Callable[[str], str | None]
) -> Lines | None:
    """One match in a line replaced."""
    found = list(pattern.finditer(lines[number]))
    if not found:
        return None
    match = draw.choice(found)
    changed = new(match[0])
    if changed is None:
        return None
    return _with(lines, number, lines[number][: match.start()] + changed + lines[number][match.end() :])


def _other_string(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    """A string for another of the file, of about the same length: ids for ids, texts for texts."""
    strings = sorted({f'"{each}"' for line in lines for each in QUOTED.findall(line)})

    def new(old: str) -> str | None:
        alike = [each for each in strings if (" " in each) == (" " in old)]
        return draw.choice(alike) if alike else None

    return _one_of(QUOTED, lines, number, draw, new)


def _same_key(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    """The value of a key for that of the same key elsewhere."""
    here = KEYED.match(lines[number])
    if here is None:
        return None
    others = sorted({line for line in lines if line.startswith(f"{here[1]} = ")} - {lines[number]})
    return _with(lines, number, draw.choice(others)) if others else None


def _number(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    def new(old: str) -> str:
        return draw.choice([str(int(old) + 1), str(int(old) - 1), "0", str(int(old) * 10), f"-{old}", f'"{old}"'])

    return _one_of(NUMBER, lines, number, draw, new)


def _word(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    words = sorted(
        {each for line in lines for each in WORD.findall(line)}
        | {"{due}", "{reference}", "{place.name}", "{parish_council}"}
    )
    return _one_of(WORD, lines, number, draw, lambda _: draw.choice(words))


def _key(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    group = draw.choice(OTHER_KEYS)
    pattern = re.compile(rf"\b({'|'.join(group)})(?= =)")
    return _one_of(pattern, lines, number, draw, lambda _: draw.choice(group))


def _value(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    group = draw.choice(OTHER_VALUES)
    pattern = re.compile(rf'"({"|".join(group)})"')
    return _one_of(pattern, lines, number, draw, lambda _: f'"{draw.choice(group)}"')


def _typo(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    at = draw.randrange(len(lines[number]))
    letter = draw.choice(["", "", "x", " "])
    return _with(lines, number, lines[number][:at] + letter + lines[number][at + 1 :])


def _shorter(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    """A list or table with one entry less, or none."""
    return _one_of(re.compile(r"\[[^\[\]]*\]|\{[^{}=]*=[^{}]*\}"), lines, number, draw, lambda old: _without(old, draw))


def _without(old: str, draw: random.Random) -> str:
    parts = old[1:-1].split(",")
    gone = draw.randrange(len(parts))
    left = [] if draw.random() < 0.3 else [part for n, part in enumerate(parts) if n != gone]
    return old[0] + ",".join(left) + old[-1]


def _switched(lines: Lines, number: int, draw: random.Random) -> Lines | None:
    return _one_of(
        re.compile(r"\btrue\b|\bfalse\b"), lines, number, draw, lambda old: "false" if old == "true" else "true"
    )


WAYS = (_gone, _twice, _swapped, _added, _other_string, _other_string, _same_key, _same_key, _number, _number, _word, _word,
        _key, _value, _value, _typo, _shorter, _shorter, _switched)  # fmt: skip
