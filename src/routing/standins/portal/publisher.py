"""The services of an Open Geography Portal, made of any boundaries: parishes, and the districts around them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from routing.standins.portal.feature_server import Feature, Service

PARISHES, DISTRICTS = "PARNCP_DEC_2025_EW_BFC", "LAD_DEC_2025_UK_BFC"
TITLES = {
    PARISHES: "Parishes and Non Civil Parished Areas (December 2025) Boundaries EW BFC",
    DISTRICTS: "Local Authority Districts (December 2025) Boundaries UK BFC",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """A parish, an unparished area or a district; its shape in the British National Grid."""

    code: str
    name: str
    district: str
    shape: shapely.Geometry


def make_services(parishes: Sequence[Outline], districts: Sequence[Outline] = ()) -> list[Service]:
    """Services of December 2025 at full resolution, whatever the outlines are of.

    Args:
        districts: where there are none, each is made of its parishes.
    """
    outer = districts or _made_of(parishes)
    names = {each.code: each.name for each in outer}
    rows = [
        Feature(
            {"FID": number, "PARNCP25CD": each.code, "PARNCP25NM": each.name, "LAD25CD": each.district}
            | {"LAD25NM": names.get(each.district, each.district)}
            | _label_point(each.shape),
            each.shape,
        )
        for number, each in enumerate(parishes, 1)
    ]
    around = [
        Feature({"FID": number, "LAD25CD": each.code, "LAD25NM": each.name} | _label_point(each.shape), each.shape)
        for number, each in enumerate(outer, 1)
    ]
    return [Service(PARISHES, TITLES[PARISHES], rows), Service(DISTRICTS, TITLES[DISTRICTS], around)]


def _made_of(parishes: Sequence[Outline]) -> list[Outline]:
    members: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for each in parishes:
        members[each.district].append(each.shape)
    return [Outline(code, f"District {code}", code, shapely.union_all(shapes)) for code, shapes in members.items()]


def _label_point(shape: shapely.Geometry) -> dict[str, int]:
    at = shapely.point_on_surface(shape)
    return {"BNG_E": round(at.x), "BNG_N": round(at.y)}
