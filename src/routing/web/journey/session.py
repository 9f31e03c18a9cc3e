"""Who is on a journey: the secret in a cookie, and the token that a form must bring back with it."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request, Response

from routing.casework import KEPT_ENTERED
from routing.web.context import WebContext

COOKIE = "waywarden_journey"
TRAP = "website"
"""A field that people neither see nor reach; programs that fill in everything fill it in too."""

SAME_SITE = frozenset({"same-origin", "none"})
"""Values of ``Sec-Fetch-Site`` of a form that our own page sent, or that somebody typed."""


def new_secret() -> str:
    """256 random bits, for one browser and one journey."""
    return secrets.token_urlsafe(32)


def secret_of(request: Request) -> str:
    """The secret that the browser sent; empty where it sent none."""
    return request.cookies.get(COOKIE, "")


def set_secret(ctx: WebContext, response: Response, slug: str, secret: str) -> None:
    """Give a browser its secret, for the pages of one process; in the clear only where the whole site is."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(KEPT_ENTERED.total_seconds()),
        path=f"/report/{slug}",
        secure=urlsplit(ctx.public_url).scheme == "https",
        httponly=True,
        samesite="lax",
    )


def csrf_token(secret: str) -> str:
    """What a form of this journey carries: nobody can make it who does not have the secret."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def is_ours(request: Request, secret: str, form: Mapping[str, str]) -> bool:
    """Whether a form was sent from a page of this journey, and by nobody who fills in what people cannot see."""
    if request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE or form.get(TRAP):
        return False
    token = form.get("csrf", "")
    return hmac.compare_digest(csrf_token(secret).encode(), token.encode("utf-8", "replace"))
