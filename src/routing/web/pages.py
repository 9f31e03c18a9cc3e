"""Pages: Jinja templates, everything escaped, strict headers."""

from functools import cache
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("routing.web"), autoescape=True, undefined=jinja2.StrictUndefined
    )


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template as a whole page."""
    return HTMLResponse(_templates().get_template(template).render(values), status, headers=HEADERS)
