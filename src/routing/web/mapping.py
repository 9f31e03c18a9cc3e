"""Data for the map: the outlines of the parishes, and the parish of a point."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from routing.place import locate_one, outlines, read_point
from routing.web.context import web_context
from routing.web.journey.places import area_in_words, view_of

router = APIRouter(include_in_schema=False)

Degrees = Annotated[float, Query(description="WGS84")]
MOST_DRAWN = 16
_drawn: dict[tuple[str | None, str], bytes] = {}
"""(vintage, district) → its outlines; made once and always the same."""

FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


@router.get("/council/{slug}/parishes.json")
def parishes(request: Request, slug: str) -> Response:
    """The parishes of a council, simplified, as GeoJSON."""
    ctx = web_context(request)
    held, district = ctx.held, ctx.catalogue.council(slug).gss
    key = (held.vintage, district)
    if key not in _drawn:
        if len(_drawn) >= MOST_DRAWN:
            _drawn.clear()
        _drawn[key] = outlines(held, district)
    return Response(_drawn[key], media_type="application/geo+json", headers=FOR_AN_HOUR)


@router.get("/council/{slug}/place")
def place(
    request: Request, slug: str, lat: Annotated[float, Query()], lon: Annotated[float, Query()]
) -> dict[str, str]:
    """The parish of a point, in words."""
    ctx = web_context(request)
    point = read_point({"lat": lat, "lon": lon})
    view = view_of(ctx, ctx.catalogue.council(slug))
    return {"area": area_in_words(locate_one(point.easting, point.northing, ctx.held, view))}
