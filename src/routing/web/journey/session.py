"""Identify a journey: the secrets in a cookie, one for each tab, and the token that a form must send back.

Two tabs on the same process are two journeys. The addresses of a journey's pages name the tab, so that *Back* and
*Change* stay in it. A form sends its token.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request, Response

from routing.web.context import WebContext

COOKIE = "waywarden_journey"
"""First part of its name. The process follows, so that a citizen can use two processes at once."""

TAB = "tab"
MOST_TABS = 4
"""Most tabs of one process in one browser. With another one, we forget the oldest."""

LONGEST_SECRET = 64
CHANGES = "changes"
"""Query parameter from the check page. Going back leads to the check again."""

SAME_ORIGIN = "same-origin"
SAME_SITE = frozenset({SAME_ORIGIN, "none"})
"""Values of ``Sec-Fetch-Site`` for a form from our own page, or for a typed address."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One journey in one browser, with the values for its addresses and forms.

    Attributes:
        slug: of the process.
        changes: whether the citizen came from the check page.
    """

    slug: str
    secret: str = field(repr=False)
    changes: bool = False

    @property
    def name(self) -> str:
        """The tab's name in addresses. It opens nothing without the cookie."""
        return _keyed(self.secret, b"tab")[:8]

    @property
    def csrf(self) -> str:
        """The token for forms of this journey. Nobody can make it without the secret."""
        return _keyed(self.secret, b"form")

    def address(self, page: str, *, changes: bool = False) -> str:
        """The address of a page."""
        return f"/report/{self.slug}/{page}?{TAB}={self.name}{f'&{CHANGES}' if changes else ''}"


def new_secret() -> str:
    """256 random bits, for one browser and one journey."""
    return secrets.token_urlsafe(32)


def tab_shown(ctx: WebContext, request: Request) -> Tab:
    """The tab in an address, else the newest. It has no secret if the browser has none for it."""
    tabs, named = _tabs(ctx, request), request.query_params.get(TAB)
    nobody = Tab(request.path_params["slug"], "")
    return next((tab for tab in tabs if named in (None, tab.name)), nobody)


def tab_of(ctx: WebContext, request: Request, form: Mapping[str, str]) -> Tab | None:
    """The tab of a form; None if it is not from this browser, or from another site."""
    if is_from_elsewhere(request):
        return None
    token = form.get("csrf", "").encode("utf-8", "replace")
    return next((tab for tab in _tabs(ctx, request) if hmac.compare_digest(tab.csrf.encode(), token)), None)


def is_from_us(request: Request) -> bool:
    """Whether the browser says that one of our pages sent a form, in any tab."""
    return request.headers.get("Sec-Fetch-Site") == SAME_ORIGIN


def is_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site sent a form. Then we ignore its content."""
    return request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE


def set_secret(ctx: WebContext, request: Request, response: Response, secret: str) -> None:
    """Give a browser the secret of a new tab."""
    _keep(ctx, request, response, [secret, *_secrets(ctx, request)][:MOST_TABS])


def drop_secret(ctx: WebContext, request: Request, response: Response, secret: str) -> None:
    """Delete a secret in a browser, so that the next person at it finds nothing. Other tabs keep theirs."""
    _keep(ctx, request, response, [each for each in _secrets(ctx, request) if each != secret])


def _tabs(ctx: WebContext, request: Request) -> list[Tab]:
    """Tabs, newest first."""
    slug, changes = request.path_params["slug"], CHANGES in request.query_params
    return [Tab(slug, secret, changes) for secret in _secrets(ctx, request)]


def _secrets(ctx: WebContext, request: Request) -> list[str]:
    sent = request.cookies.get(_name(ctx, request), "").split(".")
    return [each for each in sent if 0 < len(each) <= LONGEST_SECRET][:MOST_TABS]


def _keep(ctx: WebContext, request: Request, response: Response, kept: Sequence[str]) -> None:
    """Set a cookie until the browser is closed, without https only if the whole site has none."""
    name, secure = _name(ctx, request), _is_https(ctx)
    if kept:
        response.set_cookie(name, ".".join(kept), path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def _name(ctx: WebContext, request: Request) -> str:
    """The cookie's name. On https, its prefix stops other hosts of the domain setting it (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if _is_https(ctx) else ''}{COOKIE}_{request.path_params['slug']}"


def _is_https(ctx: WebContext) -> bool:
    return urlsplit(ctx.public_url).scheme == "https"


def _keyed(secret: str, purpose: bytes) -> str:
    return hmac.new(secret.encode(), purpose, hashlib.sha256).hexdigest()
