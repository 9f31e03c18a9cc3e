"""Who is on a journey: the secrets in a cookie, one of each tab, and the token that a form must bring back with it.

Two tabs on the same process are two journeys. The addresses of a journey's pages name the tab, so that *Back* and
*Change* stay in it; a form brings its token.
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
"""Its name, before the process: two processes can be reported side by side."""

TAB = "tab"
MOST_TABS = 4
"""Of one process in one browser; a new one more and the oldest is forgotten."""

LONGEST_SECRET = 64
CHANGES = "changes"
"""How the check asks for a page: back from it leads to the check again."""

SAME_ORIGIN = "same-origin"
SAME_SITE = frozenset({SAME_ORIGIN, "none"})
"""Values of ``Sec-Fetch-Site`` of a form that our own page sent, or that somebody typed."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One journey in one browser: what the addresses of its pages and its forms carry.

    Attributes:
        slug: of the process.
        changes: the check led here.
    """

    slug: str
    secret: str = field(repr=False)
    changes: bool = False

    @property
    def name(self) -> str:
        """What its addresses say; it opens nothing without the cookie."""
        return _keyed(self.secret, b"tab")[:8]

    @property
    def csrf(self) -> str:
        """What a form of this journey carries: nobody can make it who does not have the secret."""
        return _keyed(self.secret, b"form")

    def address(self, page: str, *, changes: bool = False) -> str:
        """Where a page is."""
        return f"/report/{self.slug}/{page}?{TAB}={self.name}{f'&{CHANGES}' if changes else ''}"


def new_secret() -> str:
    """256 random bits, for one browser and one journey."""
    return secrets.token_urlsafe(32)


def tab_shown(ctx: WebContext, request: Request) -> Tab:
    """The tab that an address names, else the newest; one without a secret where the browser has none for it."""
    tabs, named = _tabs(ctx, request), request.query_params.get(TAB)
    nobody = Tab(request.path_params["slug"], "")
    return next((tab for tab in tabs if named in (None, tab.name)), nobody)


def tab_of(ctx: WebContext, request: Request, form: Mapping[str, str]) -> Tab | None:
    """The tab whose page sent a form; None where it was none of this browser's, or another site's."""
    if is_from_elsewhere(request):
        return None
    token = form.get("csrf", "").encode("utf-8", "replace")
    return next((tab for tab in _tabs(ctx, request) if hmac.compare_digest(tab.csrf.encode(), token)), None)


def is_from_us(request: Request) -> bool:
    """Whether the browser says that one of our pages sent a form, of whatever tab."""
    return request.headers.get("Sec-Fetch-Site") == SAME_ORIGIN


def is_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site sent a form: what is in it is nobody's here."""
    return request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE


def set_secret(ctx: WebContext, request: Request, response: Response, secret: str) -> None:
    """Give a browser the secret of a new tab."""
    _keep(ctx, request, response, [secret, *_secrets(ctx, request)][:MOST_TABS])


def drop_secret(ctx: WebContext, request: Request, response: Response, secret: str) -> None:
    """Delete a secret in a browser, so that the next person at it finds nothing. Other tabs keep theirs."""
    _keep(ctx, request, response, [each for each in _secrets(ctx, request) if each != secret])


def _tabs(ctx: WebContext, request: Request) -> list[Tab]:
    """The newest first."""
    slug, changes = request.path_params["slug"], CHANGES in request.query_params
    return [Tab(slug, secret, changes) for secret in _secrets(ctx, request)]


def _secrets(ctx: WebContext, request: Request) -> list[str]:
    sent = request.cookies.get(_name(ctx, request), "").split(".")
    return [each for each in sent if 0 < len(each) <= LONGEST_SECRET][:MOST_TABS]


def _keep(ctx: WebContext, request: Request, response: Response, kept: Sequence[str]) -> None:
    """Until the browser is closed; in the clear only where the whole site is."""
    name, secure = _name(ctx, request), _is_https(ctx)
    if kept:
        response.set_cookie(name, ".".join(kept), path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def _name(ctx: WebContext, request: Request) -> str:
    """On https with the prefix that keeps other hosts of the same domain from setting it (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if _is_https(ctx) else ''}{COOKIE}_{request.path_params['slug']}"


def _is_https(ctx: WebContext) -> bool:
    return urlsplit(ctx.public_url).scheme == "https"


def _keyed(secret: str, purpose: bytes) -> str:
    return hmac.new(secret.encode(), purpose, hashlib.sha256).hexdigest()
