"""Whether the process is alive and the installation ready, for service managers and people on call."""

import base64
import datetime
import hmac
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from routing.errors import ConfigurationError
from routing.health import Seen, judge, look
from routing.private import readyz_auths
from routing.settings import is_loopback, leads_nowhere
from routing.web.context import WebContext, web_context

router = APIRouter(tags=["health"])

OK, NOT_READY = "ok", "not ready"


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that this process answers, even if its threads wait."""
    return {"status": OK}


@router.get("/readyz", responses={503: {"description": "Something does not work."}})
def readyz(
    request: Request,
    response: Response,
    authorization: Annotated[
        str | None, Header(description="Basic, with the line of `readyz-auth`, to get each part and what to do.")
    ] = None,
) -> dict[str, Any]:
    """Check service health: 200, or 503 if reports do not get through. After sign-in, also each part and what to do."""
    ctx = web_context(request)
    seen = see(ctx)
    checks = judge(seen, datetime.datetime.now(datetime.UTC))
    is_ready = all(each.ok or not each.stops for each in checks)
    response.status_code = 200 if is_ready else 503
    answer: dict[str, Any] = {"status": OK if is_ready else NOT_READY}
    if _may_know(ctx, authorization):
        answer |= {"checks": {each.name: OK if each.ok else each.says for each in checks}, "waiting": seen.received}
        answer["cases_waiting"] = seen.cases.due + seen.cases.taken
    return answer


def see(ctx: WebContext) -> Seen:
    """What a web process can see."""
    seen = look(ctx.database, ctx.catalogue.councils, ctx.settings.data_dir, ctx.conflicts)
    is_wrong = not is_loopback(ctx.settings.smtp_host) and leads_nowhere(ctx.public_url)
    return replace(seen, wrong_links=ctx.public_url if is_wrong else None)


def _may_know(ctx: WebContext, authorization: str | None) -> bool:
    """Whether a request has a string for this. The details name machines and people's work."""
    kind, _, given = (authorization or "").partition(" ")
    try:
        said = base64.b64decode(given, validate=True) if kind.lower() == "basic" else b""
        known = readyz_auths(ctx.settings.data_dir)
    except (ConfigurationError, ValueError):  # it is not base64, or not even ASCII
        return False
    return any(hmac.compare_digest(said, each.encode()) for each in known)
