"""How long it takes to load and prove a definition: real processes, and tables that nobody would write."""

import random
import statistics
import time
from pathlib import Path

from benchmarks.stage import ROOT
from routing.errors import DefinitionError
from routing.process import parse, parsing

FILES = [
    *ROOT.glob("processes/*/process.toml"),
    *ROOT.glob("tests/process/examples/*.toml"),
    *ROOT.glob("tests/process/running/*.toml"),
]
TANGLED = {
    "8_questions_20_rules": (8, 6, 20, 8),
    "12_questions_25_rules": (12, 8, 25, 8),
    "16_questions_30_rules": (16, 6, 30, 8),
}
"""Questions, choices of each, rules, and the most questions that a rule names."""


def definitions(times: int, tables: int) -> dict:
    """Milliseconds to load and prove each real process, and seconds for the slowest of some tangled tables.

    Args:
        times: how often each process is loaded; the median counts.
        tables: how many tangled tables of each size.
    """
    seen = {_named(path): statistics.median(_proved(path.read_text())[0] for _ in range(times)) for path in FILES}
    slowest = max(seen, key=seen.__getitem__)
    found = {"processes": len(seen), "slowest": slowest, "slowest_ms": round(1000 * seen[slowest], 1)}
    found["median_ms"] = round(1000 * statistics.median(seen.values()), 1)
    for name, size in TANGLED.items():
        runs = [_proved(tangled(seed, *size)) for seed in range(tables)]
        found[f"{name}_s"] = round(max(seconds for seconds, _ in runs), 2)
        found[f"{name}_refused"] = sum("different remainders" in said for _, said in runs)
    return found


def _named(path: Path) -> str:
    return path.stem if path.stem != "process" else f"{path.parent.name}, shipped"


def _proved(text: str) -> tuple[float, str]:
    """Seconds of the processor, and the complaint; empty if there is none."""
    parsing._proven.cache_clear()  # noqa: SLF001  # the same text is only proved once otherwise
    began = time.process_time()
    try:
        parse(text, "bench.toml")
    except DefinitionError as error:
        return time.process_time() - began, str(error)
    return time.process_time() - began, ""


def tangled(seed: int, questions: int, values: int, rules: int, widest: int) -> str:
    """A definition with a table of random conditions."""
    draw = random.Random(seed)
    choices = ", ".join(f'{{ value = "v{each}", label = "V" }}' for each in range(values))
    parts = [HEAD]
    parts += [f'[[question]]\nid = "q{n}"\nask = "Which?"\nchoices = [{choices}]' for n in range(questions)]
    parts.append(RECIPIENT)
    for number in range(rules):
        named = draw.sample(range(questions), draw.randint(1, min(widest, questions)))
        conditions = ", ".join(
            f"q{each} = {draw.sample([f'v{v}' for v in range(values)], draw.randint(1, values - 1))}" for each in named
        )
        parts.append(RULE.format(number=number, when=conditions.replace("'", '"')))
    return "\n\n".join([*parts, RULE.format(number=rules, when="")])


HEAD = """[process]
slug = "tangled"
title = "Tangled"
version = "1"
reply_within_working_days = 10
start = "Begin."

[retention]
reporter_days = 90
details_days = 90
unclosed_days = 90"""
RECIPIENT = """[[recipient]]
id = "review"
kind = "team"
title = "officers"
confirmation = "We look at it."
message = { subject = "A report", opening = "A report." }"""
RULE = """[[rule]]
id = "R{number}"
when = {{ {when} }}
to = "review"
because = "b"
source = "s"
"""
