"""The command."""

import contextlib
import shutil
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.installation import alone
from routing.cli.output import Json, echo, print_json, print_table
from routing.cli.saying import say
from routing.cli.up import prefect_lines

if TYPE_CHECKING:
    from routing.cli.demo.checker import Submitted, Verdict
    from routing.cli.demo.drive import Drive
    from routing.cli.supervisor import Installation
    from routing.settings import Settings


def demo(
    reports: Annotated[
        int, typer.Option(help="Number of reports to send; 71 cover every rule and place state.", min=1)
    ] = 71,
    default_caps: Annotated[
        bool, typer.Option("--default-caps", help="Limit emails as an installation does; default: no limits.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep running afterwards, so you can look around. Stop with Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send reports through a whole installation on this machine, take each to its end, and check every message."""
    from routing.cli import FAILED
    from routing.cli.demo.drive import Drive
    from routing.cli.supervisor import Installation, running
    from routing.cli.up import fill_directory, fill_gazetteer
    from routing.present import VARIABLE

    settings = _settings()
    folder = settings.data_dir / "demo"
    started = time.monotonic()
    told = _environment(default_caps=default_caps) | {VARIABLE: str((folder / "clock").resolve())}
    here = Installation(settings, folder, with_standins=True, environment=told, keeps_addresses=False)
    with contextlib.ExitStack() as whole:
        whole.enter_context(alone(here.data_dir.parent / "demo.lock", "waywarden demo"))
        shutil.rmtree(folder, ignore_errors=True)
        say("Starting PostgreSQL, Prefect, the web, the engine, a worker and the stand-ins on this machine.")
        whole.enter_context(running(here))
        fill_gazetteer(here)
        fill_directory(here)
        drive = Drive(here)
        drive.wait_for_worker()
        say(f"Ready after {time.monotonic() - started:.1f} s. Sending {reports} reports.")
        summary, verdict, submitted = _drive(drive, reports, started)
        _show(summary, verdict, submitted, as_json)
        if keep:
            _stay(here)
    if not verdict.is_right:
        raise typer.Exit(FAILED)


def _settings() -> "Settings":
    """The fictional councils on servers of its own, whatever the environment says."""
    from routing.settings import read_settings, shipped

    own = {"councils_dir": shipped("councils"), "processes_dir": shipped("processes")}
    return read_settings(**own, database_url=None, database_owner_url=None, prefect_database_url=None)


def _environment(*, default_caps: bool) -> dict[str, str]:
    """The demo always uses the fictional councils, whatever the environment says."""
    from routing.cli.supervisor import WITHOUT_CAPS
    from routing.settings import Settings, shipped

    caps = {name: str(Settings.model_fields[name.removeprefix("WAYWARDEN_").lower()].default) for name in WITHOUT_CAPS}
    return (caps if default_caps else WITHOUT_CAPS) | {
        "WAYWARDEN_COUNCILS_DIR": str(shipped("councils")),
        "WAYWARDEN_PROCESSES_DIR": str(shipped("processes")),
    }


def _drive(drive: "Drive", reports: int, started: float) -> "tuple[dict[str, Any], Verdict, list[Submitted]]":
    from routing.cli.demo.checker import check
    from routing.cli.demo.drive import percentile
    from routing.cli.demo.lives import Lives
    from routing.cli.demo.oracle import choose, read_oracle
    from routing.settings import shipped

    cases = list(choose(read_oracle(shipped("data")), reports))
    submitted, latencies = drive.send(cases)
    rules = drive.rules({each.reference for each in submitted if each.reference})
    say("All reports have arrived. Whoever must act answers by link. For those who do not, we set the clock ahead.")
    lives = Lives(drive, drive.here.data_dir / "clock")
    ended = lives.follow(submitted)
    verdict = check(submitted, drive.messages(), rules, ended)
    summary = {
        "submitted": len(submitted),
        "delivered": verdict.delivered,
        "acknowledged": verdict.acknowledged,
        "signposted": verdict.signposted,
        "review": verdict.review,
        "ended": verdict.ended,
        "wrong_end": len(verdict.wrong_end),
        "answers": lives.answers,
        "days": lives.days,
        "misrouted": len(verdict.misrouted) + len(verdict.wrong_rule),
        "lost": len(verdict.lost),
        "duplicates": len(verdict.duplicates),
        "rules_covered": len(verdict.rules),
        "place_states_covered": len(verdict.states),
        "flow_runs": drive.flow_runs(),
        "latency_ms": {"p50": percentile(latencies, 0.5), "p95": percentile(latencies, 0.95)},
        "wall_s": round(time.monotonic() - started, 1),
        "prefect_ui": drive.addresses.prefect,
    }
    return summary, verdict, submitted


def _show(summary: "dict[str, Any]", verdict: "Verdict", submitted: "list[Submitted]", as_json: bool) -> None:
    for name in ("lost", "misrouted", "duplicates", "wrong_rule", "wrong_end"):
        for line in getattr(verdict, name):
            say(f"{name.replace('_', ' ')}: {line}")
    if as_json:
        print_json(summary)
        return
    rows = [
        (
            each.reference or "signpost",
            each.case.name,
            each.case.rule,
            each.case.state or "not needed",
            each.case.end or "not stored",
            ", ".join(sorted(each.recipients | each.case.later)) or "nobody",
        )
        for each in submitted
    ]
    print_table(("reference", "case", "rule", "place", "end", "messages sent to"), rows)
    wrong = "Something went wrong. The lines above say what."
    verdict_text = "Every message reached the right mailbox." if verdict.is_right else wrong
    echo(
        f"\n{summary['submitted']} submitted: {summary['delivered']} delivered, "
        f"{summary['review']} of them to review, {summary['acknowledged']} acknowledged to the citizen, "
        f"{summary['signposted']} signposted, "
        f"{summary['lost']} lost, {summary['misrouted']} misrouted, "
        f"{summary['duplicates']} duplicates. {verdict_text}"
    )
    echo(
        f"{summary['ended']} cases ended as they should, {summary['wrong_end']} did not: "
        f"{summary['answers']} answers by link or on the page of a report, {summary['days']} days by a clock set ahead."
    )
    echo(
        f"{summary['rules_covered']} rules and {summary['place_states_covered']} place states in "
        f"{summary['flow_runs']} runs; {summary['latency_ms']['p50']} ms from accepted to mailbox (median)."
    )


def _stay(here: "Installation") -> None:
    addresses = here.addresses
    echo(f"Report something:  {addresses.web}/\n{prefect_lines(here)}\nRead the mail:     {addresses.mailbox}/")
    say("Stop with Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("Stopping.")
