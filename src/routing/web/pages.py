"""Pages: Jinja templates with the design system's macros, everything escaped, strict headers."""

from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from fastapi.responses import HTMLResponse
from jinja2.utils import urlize
from markupsafe import Markup

from routing.council import Council
from routing.i18n import gettext, language
from routing.process import REPORT, Definition

STATIC = Path(__file__).parent / "static"
"""Styles and scripts, built from their packages (hatch_build.py)."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src {images}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}


OF_DICTS = frozenset(dir(dict))
"""Names of a dictionary's own attributes, such as ``items``."""

DESIGN_SYSTEM = "govuk_frontend_jinja"
"""The package of the macros, and their folder among the templates."""

COMPONENTS = (
    "back-link", "button", "character-count", "checkboxes", "date-input", "error-summary", "fieldset", "generic-header",
    "input", "inset-text", "notification-banner", "panel", "radios", "skip-link", "summary-list", "warning-text",
)  # fmt: skip
"""Macros of the design system, imported once for all templates, because importing them in each is slower."""


KINDS = ("choice.html", "choices.html", "date.html", "number.html", "person.html", "text.html")
"""Macros of the kinds of questions, imported once too."""


@cache
def made_of() -> str:
    """The version of the styles and scripts: the hash of what they were built from."""
    return (STATIC / "made-of.txt").read_text(encoding="utf-8")[:12]


@cache
def assets() -> frozenset[str]:
    """The names of all styles, scripts and pictures."""
    return frozenset(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


def asset(name: str) -> str:
    """The address of a style or script. It changes with its version, so that browsers can keep it for long."""
    return f"/assets/{made_of()}/{name}"


class _Environment(jinja2.Environment):
    """Two short cuts for the macros' most frequent actions. They reduce rendering to two thirds of its time.

    Each import within a macro compares all globals, which is quick if a template has no own map of them. So never give
    globals to ``get_template``, because all templates would get them.
    Parameters are dictionaries. Jinja first asks them for an attribute, and catches the error.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is not dict or attribute in OF_DICTS:
            return super().getattr(obj, attribute)
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)


@cache
def _templates() -> jinja2.Environment:
    macros = jinja2.PrefixLoader({DESIGN_SYSTEM: jinja2.PackageLoader(DESIGN_SYSTEM)})
    environment = _Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("routing.web"), macros]),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,  # the macros read parameters of missing parameters
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": gettext, "asset": asset, "language": language, "linked": linked}
    environment.globals |= {_macro(name): getattr(_component(environment, name), _macro(name)) for name in COMPONENTS}
    environment.globals["kinds"] = {name: environment.get_template(f"journey/kinds/{name}").module for name in KINDS}
    return environment


def linked(text: str) -> Markup:
    """A text from a definition or of the council, with its web addresses as links."""
    return Markup(urlize(text, rel="noopener").replace("<a href", '<a class="govuk-link" href'))  # noqa: S704  # escaped


def _component(environment: jinja2.Environment, name: str) -> Any:
    return environment.get_template(f"{DESIGN_SYSTEM}/components/{name}/macro.html").module


def _macro(name: str) -> str:
    """The macro of a component: ``back-link`` has ``govukBackLink``."""
    return "govuk" + "".join(part.capitalize() for part in name.split("-"))


def prepare() -> None:
    """Read all templates and macros. Otherwise the first requests to a new process wait while each thread reads all."""
    for name in _templates().list_templates(extensions=["html"]):
        _templates().get_template(name)


def page(
    template: str, council: Council, status: int = 200, definition: Definition | None = None, **values: Any
) -> HTMLResponse:
    """Render a template as a whole page of a council.

    Args:
        definition: of the process, whose word for a case the page uses.
    """
    noun = definition.noun if definition is not None else gettext(REPORT)
    words = {"definition": definition, "noun": noun, "Noun": f"{noun[:1].upper()}{noun[1:]}"}
    text = _templates().get_template(template).render(values | words | {"council": council})
    return HTMLResponse(text.lstrip(), status, headers=HEADERS | {"Content-Security-Policy": _policy(council)})


def _policy(council: Council) -> str:
    """What a page can load: only from this site, and from the council's map tiles if it has some."""
    found = urlsplit(council.map.tiles) if council.map.tiles else None
    images = f"'self' {found.scheme}://{found.netloc}" if found is not None else "'self'"
    return POLICY.format(images=images)
