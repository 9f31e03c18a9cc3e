"""Who is on a journey: the secret in a cookie, and the token that a form must bring back with it."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request, Response

from routing.web.context import WebContext

COOKIE = "waywarden_journey"
"""Its name, before the process: two processes can be reported side by side."""

SAME_SITE = frozenset({"same-origin", "none"})
"""Values of ``Sec-Fetch-Site`` of a form that our own page sent, or that somebody typed."""


def new_secret() -> str:
    """256 random bits, for one browser and one journey."""
    return secrets.token_urlsafe(32)


def secret_of(ctx: WebContext, request: Request) -> str:
    """The secret that the browser sent for the process of this address; empty where it sent none."""
    return request.cookies.get(_name(ctx, request.path_params["slug"]), "")


def set_secret(ctx: WebContext, response: Response, slug: str, secret: str) -> None:
    """Give a browser its secret until it is closed; in the clear only where the whole site is."""
    response.set_cookie(
        _name(ctx, slug), secret, path="/", secure=_is_https(ctx), httponly=True, samesite="lax", max_age=None
    )


def drop_secret(ctx: WebContext, response: Response, slug: str) -> None:
    """Let a browser forget its secret: whoever sits at it next finds nothing."""
    response.delete_cookie(_name(ctx, slug), path="/", secure=_is_https(ctx), httponly=True, samesite="lax")


def _name(ctx: WebContext, slug: str) -> str:
    """On https with the prefix that keeps other hosts of the same domain from setting it (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if _is_https(ctx) else ''}{COOKIE}_{slug}"


def _is_https(ctx: WebContext) -> bool:
    return urlsplit(ctx.public_url).scheme == "https"


def csrf_token(secret: str) -> str:
    """What a form of this journey carries: nobody can make it who does not have the secret."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def is_ours(request: Request, secret: str, form: Mapping[str, str]) -> bool:
    """Whether a form was sent from a page of this journey."""
    if request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE:
        return False
    token = form.get("csrf", "")
    return hmac.compare_digest(csrf_token(secret).encode(), token.encode("utf-8", "replace"))
