"""The parts that are programs, and what they stand on: database, disk, engine, Prefect, web. Pure."""

from routing.health.check import Check, began, when
from routing.health.seen import Engine, Seen

LEAST_FREE = 500_000_000
"""Bytes: PostgreSQL's write-ahead log alone takes up to 1 GB, and its next file 16 MB."""


def database(seen: Seen) -> Check:
    """Whether reports can be kept."""
    since = seen.last_well.get("database")
    match seen.database:
        case "ok":
            return Check("database", True, "It answers.")
        case "read-only":
            text = (
                f"The database can be read and not written{began(since, 'has been so')}. No report is taken and none "
                "is sent. Where it is a standby, let WAYWARDEN_DATABASE_URL name the primary; else end its read-only "
                "mode, or make room on its disk."
            )
        case "older":
            text = (
                f"The database has an older schema{began(since, 'has not been well')}. No report can be taken. Run: "
                "waywarden db upgrade."
            )
        case "newer":
            text = (
                f"The database has a newer schema{began(since, 'has not been well')}. No report can be taken. Install "
                "the Waywarden that made it."
            )
        case "closed":
            text = (
                f"The database refuses our role{began(since, 'has')}. No report can be taken. Run: "
                "waywarden db upgrade, which grants what the role needs."
            )
        case _ if seen.folder:
            text = (
                f"Nothing runs here{began(since, 'nothing has')}. No report can be taken. Start everything: waywarden "
                f"up. Its folder is {seen.folder}."
            )
        case _:
            text = (
                f"The database does not answer{began(since, 'has not')}. No report can be taken. Start it, or correct "
                "WAYWARDEN_DATABASE_URL."
            )
    return Check("database", False, text, since)


def disk(seen: Seen) -> list[Check]:
    """Whether there is room."""
    if seen.free_bytes is None:
        return []
    free = f"{seen.free_bytes / 1e9:.1f} GB"
    if seen.free_bytes >= LEAST_FREE:
        return [Check("disk", True, f"{free} are free.")]
    since = seen.last_well.get("disk")
    text = (
        f"The disk is nearly full{began(since, 'has been')}: {free} are free. Reports stop when it is full. Make "
        "room, or move the data directory."
    )
    return [Check("disk", False, text, since)]


def engine(seen: Seen) -> Check:
    """Whether what was reported is worked on."""
    if seen.engine.living:
        number = "One runs." if seen.engine.living == 1 else f"{seen.engine.living} run."
        return Check("engine", True, number)
    last = seen.engine.last_seen
    since = f"none has since {when(last)}" if last is not None else "none has since the installation began"
    text = f"No engine runs, and {since}. Reports are taken and wait. Start it: waywarden run engine, or waywarden up."
    return Check("engine", False, text, last)


def prefect(seen: Seen) -> list[Check]:
    """Whether the engine can work with Prefect; nothing where nobody knows."""
    asked = next((each for each in seen.asked if each.name == "prefect"), None)
    if seen.engine.living:  # what counts is whether the engine reaches it, from where it runs
        return [_prefect_of_engine(seen.engine)]
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("prefect", True, "It answers.")]
    since = seen.engine.prefect_seen
    text = (
        f"Prefect does not answer at {asked.url} ({asked.why_not}){began(since, 'has not')}. Reports are taken and "
        "wait. Start it: waywarden run prefect."
    )
    return [Check("prefect", False, text, since)]


def _prefect_of_engine(engine: Engine) -> Check:
    if engine.is_prefect_there:
        return Check("prefect", True, "It answers.")
    since = engine.prefect_since
    match engine.prefect_trouble:
        case "refused":
            text = (
                f"Prefect does not let the engine in{began(since, 'has not')}. Reports are taken and wait. Where the "
                "engine runs, check PREFECT_API_AUTH_STRING, or prefect-auth in its data directory: it must be the "
                "string of Prefect's server."
            )
        case "unasked":
            text = (
                f"The engine begins{began(since, 'has not reached Prefect')}. Reports are taken and wait. Where it "
                "stays so, look at the log of the engine."
            )
        case "not-deployed":
            text = (
                f"Prefect does not know the flows{began(since, 'has not')}. Reports are taken and wait. Register "
                "them: waywarden deploy."
            )
        case _:
            text = (
                f"Prefect does not answer the engine{began(since, 'has not')}. Reports are taken and wait. Start it: "
                "waywarden run prefect."
            )
    return Check("prefect", False, text, since)


def web(seen: Seen) -> list[Check]:
    """Whether the web of this machine answers; nothing where none is known to run on it."""
    asked = next((each for each in seen.asked if each.name == "web"), None)
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("web", True, f"It answers at {asked.url}.")]
    since = seen.last_well.get("web")
    text = (
        f"The web does not answer at {asked.url} ({asked.why_not}){began(since, 'has not')}. Nobody can report there. "
        "Start it: waywarden run web."
    )
    return [Check("web", False, text, since)]
