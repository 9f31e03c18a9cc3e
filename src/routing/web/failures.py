"""Errors as answers: a problem document (RFC 9457) for a program, a page for a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse, Response

from routing.i18n import gettext as _
from routing.web.hosts import council_at
from routing.web.pages import page

FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/openapi.json", "/assets/", "/council/")


def failure(
    scope: Mapping[str, Any],
    status: int,
    title: str,
    errors: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer to a request that failed.

    Args:
        scope: of the request (ASGI).
        title, errors: for a program. Errors are pairs of field and what to do.
    """
    if not is_for_people(scope):
        return problem(status, title, errors, headers)
    heading, text = _in_words(scope, status, int((headers or {}).get("Retry-After", "0")))
    answer = page("failed.html", council_at(scope["app"].state.ctx, scope), status, title=heading, text=text)
    answer.headers.update(headers or {})
    return answer


def is_for_people(scope: Mapping[str, Any]) -> bool:
    """Whether a person reads the answer."""
    return not scope["path"].startswith(FOR_PROGRAMS)


def problem(
    status: int, title: str, errors: Sequence[tuple[str, str]] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document; ``errors`` are pairs of field and what to do."""
    errors = [(_printable(field), _printable(text)) for field, text in errors]
    content: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if errors:
        content["errors"] = [{"field": field, "what_to_do": text} for field, text in errors]
        content["detail"] = "; ".join(f"{field}: {text}" for field, text in errors)
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _in_words(scope: Mapping[str, Any], status: int, wait_s: int) -> tuple[str, str]:
    """Heading and text of a page; ``wait_s`` for pages that say when to come back."""
    kept = ""
    if scope["path"].startswith(("/report/", "/reports/")):
        kept = _("We keep what you entered before for 24 hours. If you send it again, we only get it once.")
    known = {
        404: (_("Page not found"), _("If you typed the address, check that it is correct.")),
        408: (_("This took too long"), _("Go back and try again. {kept}").format(kept=kept)),
        421: (_("There is no site at this address"), _("If you typed the address, check that it is correct.")),
        413: (
            _("What you entered is too long"),
            _("Go back and shorten it. We have not kept anything from this page."),
        ),
        429: (
            _("Too many reports from here"),
            _("You can come back in {minutes} minutes. {kept}").format(minutes=-(-wait_s // 60), kept=kept),
        ),
        503: (_("The service is unavailable"), _("Try again in a few minutes. {kept}").format(kept=kept)),
    }
    if status in known:
        return known[status]
    if status >= 500:
        return _("There is a problem with the service"), _("Try again later. {kept}").format(kept=kept)
    return _("This did not work"), _("Go back and try again. {kept}").format(kept=kept)


def _printable(text: str) -> str:
    """A text without lone surrogates, which we cannot send back."""
    return text.encode("utf-8", "replace").decode()
