"""What the forms of all pages have in common."""

from fastapi import Request
from starlette.exceptions import HTTPException

from routing.web.intake import without_control

TRAP = "leave_empty"
"""A field that people neither see nor reach; programs that fill in everything fill it in too."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name, without characters that nobody sees; files are no part of any.

    Raises:
        HTTPException: 400, it cannot be read.
    """
    try:
        form = await request.form()
    except (ValueError, LookupError):  # it names a character set that is none
        raise HTTPException(400) from None
    return {name: without_control(value) for name, value in form.items() if isinstance(value, str)}
