"""Shared code for the forms of all pages."""

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException

from routing.web.intake import with_line_feeds, without_control

TRAP = "leave_empty"
"""A field that people cannot see or reach. Programs that fill in everything fill it in too."""

OURS = {b"utf-8", b"utf8", b"us-ascii"}
"""Character sets of a form. Browsers use the page's, which is UTF-8."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name, without invisible characters and without files.

    Each line ends in one character.

    Raises:
        HTTPException: 400, it cannot be read.
    """
    _, told = parse_options_header(request.headers.get("content-type"))
    if told.get(b"charset", b"utf-8").lower() not in OURS:  # versions of Python decode others differently
        raise HTTPException(400)
    try:
        form = await request.form()
    except (ValueError, LookupError):  # it names an unknown character set
        raise HTTPException(400) from None
    return {name: with_line_feeds(without_control(value)) for name, value in form.items() if isinstance(value, str)}
