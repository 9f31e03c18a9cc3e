"""Is the process alive, is the installation ready: for a service manager and for whoever is called at night."""

from typing import Any

from fastapi import APIRouter, Request, Response

from routing.errors import StoreUnavailable
from routing.place import active_vintage
from routing.settings import is_loopback, leads_nowhere
from routing.web.api import web_context
from routing.web.context import WebContext

router = APIRouter(tags=["health"])

SILENT_S = 30
"""An engine that has not said anything for longer is taken as gone."""


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that this process answers; whatever its threads wait for."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Each part, and what to do about one that is not well. Reports are taken as long as the database answers."""
    ctx = web_context(request)
    checks: dict[str, str] = {}
    try:
        with ctx.database.transaction() as tx:
            checks["database"] = "ok"
            vintage = active_vintage(tx)
            checks["boundaries"] = "ok" if vintage else "None are active: waywarden boundaries load FILE --activate"
            # The heartbeat is the engine's table; a room of this floor reads it, and never writes it.
            engines = tx.execute(
                "SELECT prefect_reachable, channel_stopped FROM heartbeat"
                " WHERE seen_at > now() - make_interval(secs => %s)",
                (SILENT_S,),
            ).fetchall()
            waiting = tx.execute("SELECT count(*) AS n FROM report WHERE state = 'received'").fetchone()
    except StoreUnavailable:
        response.status_code = 503
        return {"status": "not ready", "checks": {"database": "It does not answer. Reports cannot be taken."}}
    checks["engine"] = "ok" if engines else "None is running: waywarden run engine. Reports wait."
    if engines:
        reachable = any(engine["prefect_reachable"] for engine in engines)
        checks["prefect"] = "ok" if reachable else "It does not answer. Reports are taken and wait."
        stopped = next((engine["channel_stopped"] for engine in engines if engine["channel_stopped"]), None)
        checks["mail"] = f"The mail server refuses us ({stopped}). Mend it, restart the engine." if stopped else "ok"
    checks["links"] = _links(ctx)
    ready = all(text == "ok" for text in checks.values())
    response.status_code = 200 if ready else 503
    return {"status": "ok" if ready else "not ready", "checks": checks, "waiting": waiting["n"] if waiting else 0}


def _links(ctx: WebContext) -> str:
    """Whether the links that citizens are sent lead here, where mail leaves this machine."""
    if is_loopback(ctx.settings.smtp_host) or not leads_nowhere(ctx.public_url):
        return "ok"
    return f"Citizens are sent links to {ctx.public_url}, where nobody else gets. Set WAYWARDEN_PUBLIC_URL."
