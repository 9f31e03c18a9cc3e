"""The figures of a run in one picture, and what all pictures share."""

from math import floor, log10
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the backend that needs no screen

OURS, OTHERS, LIMIT = "#1d5c63", "#b8b8b8", "#d98324"


def draw(found: dict[str, dict], path: Path) -> None:
    """Four panels: latency, surge, intake, growth."""
    figure, panels = plt.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    _latency(panels[0][0], found["latency"])
    _surge(panels[0][1], found["surge"])
    _intake(panels[1][0], found["intake"])
    _growth(panels[1][1], found["growth"])
    where = found["machine"]
    figure.suptitle(
        f"Waywarden {where['commit']}: {where['processor']}, {where['cores']} cores, everything on one machine"
    )
    save(figure, path)


def over_time(panel, title: str, unit: str, at: list, lines: dict[str, list]) -> None:
    """A panel of lines over time, from zero."""
    for label, values in lines.items():
        panel.plot(at, values, label=label)
    panel.set_title(title)
    panel.set_xlabel(unit)
    panel.set_ylim(bottom=0)
    panel.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        panel.legend()


def save(figure, path: Path) -> None:
    """Write it as PNG and let go of it."""
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _bars(panel, rows, unit: str, *, log: bool) -> None:
    names, values, colours = zip(*rows, strict=True)
    bars = panel.barh(names, values, color=colours, log=log)
    panel.bar_label(bars, [f"{value:,g} {unit}" for value in values], padding=3)
    panel.invert_yaxis()
    if log:
        panel.set_xlim(left=10 ** floor(log10(min(values)) - 1))
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.25)


def _latency(panel, seen) -> None:
    rows = [
        ("Waywarden", seen["p50_ms"], OURS),
        ("process work pool", seen["pool_p50_ms"], OTHERS),
        ("flow.serve", seen["serve_p50_ms"], OTHERS),
    ]
    _bars(panel, rows, "ms", log=True)
    panel.set_title("One report: from 201 to the mailbox (median, log scale)")


def _surge(panel, seen) -> None:
    rows = [
        ("no Prefect (limit)", seen["bare_messages_per_s"] * seen["reports"] / seen["messages"], LIMIT),
        ("Waywarden", seen["reports_per_s"], OURS),
        ("one run per report", seen["one_run_each_reports_per_s"], OTHERS),
        ("flow.serve", seen["serve_reports_per_s"], OTHERS),
    ]
    _bars(panel, [(name, round(value, 2), colour) for name, value, colour in rows], "/s", log=True)
    panel.set_title(f"Surge of {seen['reports']:,}: reports a second (log scale)")


def _intake(panel, seen) -> None:
    by = {int(number): rate for number, rate in seen["by_connections"].items()}
    panel.plot(list(by), list(by.values()), "o-", color=OURS)
    panel.axhline(seen["bare_per_s"], color=LIMIT, linestyle="--")
    panel.annotate(f"without HTTP (limit): {seen['bare_per_s']:,}", (1, seen["bare_per_s"]), va="bottom", color=LIMIT)
    panel.set_xscale("log", base=2)
    panel.set_xticks(list(by), [str(number) for number in by])
    panel.set_ylim(bottom=0)
    panel.set_xlabel("connections")
    panel.set_title("Intake: committed reports a second")
    panel.spines[["top", "right"]].set_visible(False)


def _growth(panel, seen) -> None:
    rows = []
    for name, value in seen.items():
        if name.startswith("ms_per_report_"):
            words = name.removeprefix("ms_per_report_").split("_")
            label = f"{int(words[0]):,} waiting" + (f", {int(words[2]):,} closed" if len(words) > 2 else "")
            rows.append((label, value, OURS))
    _bars(panel, rows, "ms", log=False)
    panel.set_title("Growth: time for each report of a surge")
