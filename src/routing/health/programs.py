"""The parts that are programs, and what they need: database, disk, engine, Prefect, web. Pure."""

from routing.health.check import Check, began
from routing.health.seen import Engine, Seen

LEAST_FREE = 500_000_000
"""Bytes. PostgreSQL's write-ahead log can take 1 GB, and its next file takes 16 MB."""


def database(seen: Seen) -> Check:
    """Whether we can store reports."""
    since = seen.last_well.get("database")
    match seen.database:
        case "ok":
            return Check("database", True, "It answers.")
        case "read-only":
            text = (
                f"The database is read-only{began(since)}. We cannot take or send reports. If it is a standby, set "
                "WAYWARDEN_DATABASE_URL to the primary. If not, end its read-only mode, or free space on its disk."
            )
        case "older":
            text = f"The database has an older schema{began(since)}. We cannot take reports. Run: waywarden db upgrade."
        case "newer":
            text = (
                f"The database has a newer schema{began(since)}. We cannot take reports. Install the newer version of "
                "Waywarden."
            )
        case "closed":
            text = (
                f"The database refuses our role{began(since)}. We cannot take reports. Run: waywarden db upgrade. It "
                "grants what the role needs."
            )
        case _ if seen.folder:
            text = (
                f"Nothing runs here{began(since)}. We cannot take reports. Start everything with: waywarden up. Its "
                f"folder is {seen.folder}."
            )
        case _:
            text = (
                f"The database does not answer{began(since)}. We cannot take reports. Start it, or correct "
                "WAYWARDEN_DATABASE_URL."
            )
    return Check("database", False, text, since)


def disk(seen: Seen) -> list[Check]:
    """Whether there is free space."""
    if seen.free_bytes is None:
        return []
    free = f"{seen.free_bytes / 1e9:.1f} GB"
    if seen.free_bytes >= LEAST_FREE:
        return [Check("disk", True, f"{free} free.")]
    since = seen.last_well.get("disk")
    text = (
        f"The disk is nearly full{began(since)}: {free} free. Reports stop when it is full. Free some space, or move "
        "the data directory."
    )
    return [Check("disk", False, text, since)]


def engine(seen: Seen) -> Check:
    """Whether an engine works on reports."""
    if seen.engine.living:
        number = "1 engine is running." if seen.engine.living == 1 else f"{seen.engine.living} engines are running."
        return Check("engine", True, number)
    last = seen.engine.last_seen
    since = began(last) if last is not None else " (none has run yet)"
    text = (
        f"No engine runs{since}. We take reports, but they wait. Start one with: waywarden run engine, or waywarden up."
    )
    return Check("engine", False, text, last)


def prefect(seen: Seen) -> list[Check]:
    """Whether the engine can work with Prefect; empty if we do not know."""
    asked = next((each for each in seen.asked if each.name == "prefect"), None)
    if seen.engine.living:  # the engine may reach Prefect when we cannot
        return [_prefect_of_engine(seen.engine)]
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("prefect", True, "It answers.")]
    since = seen.engine.prefect_seen
    text = (
        f"Prefect does not answer at {asked.url} ({asked.why_not}){began(since)}. We take reports, but they wait. "
        "Start it with: waywarden run prefect."
    )
    return [Check("prefect", False, text, since)]


def _prefect_of_engine(engine: Engine) -> Check:
    if engine.is_prefect_there:
        return Check("prefect", True, "It answers.")
    since = engine.prefect_since
    match engine.prefect_trouble:
        case "refused":
            text = (
                f"Prefect refuses the engine's sign-in{began(since)}. We take reports, but they wait. On the engine's "
                "machine, check PREFECT_API_AUTH_STRING, or prefect-auth in the data directory. It must match the "
                "auth string of Prefect's server."
            )
        case "unasked":
            text = (
                f"The engine is starting{began(since)}. We take reports, but they wait. If it does not finish, check "
                "the engine's log."
            )
        case "not-deployed":
            text = (
                f"Prefect does not have the flows{began(since)}. We take reports, but they wait. Register them with: "
                "waywarden deploy."
            )
        case _:
            text = (
                f"Prefect does not answer the engine{began(since)}. We take reports, but they wait. Start it with: "
                "waywarden run prefect."
            )
    return Check("prefect", False, text, since)


def web(seen: Seen) -> list[Check]:
    """Whether the web of this machine answers; empty if we know of none."""
    asked = next((each for each in seen.asked if each.name == "web"), None)
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("web", True, f"It answers at {asked.url}.")]
    since = seen.last_well.get("web")
    text = (
        f"The web does not answer at {asked.url} ({asked.why_not}){began(since)}. Nobody can report there. Start it "
        "with: waywarden run web."
    )
    return [Check("web", False, text, since)]
