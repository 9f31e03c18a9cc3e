"""Four fictional districts, one in each nation: the embedded one with its neighbour Farholme in two, and their clerks."""

import csv
import runpy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shapely import Polygon, unary_union
from shapely.geometry import mapping

from tests.conftest import ROOT
from tests.year.facts import Place

MERE, SALT, FAR, NOR = "E07999001", "E07999002", "E07999003", "E07999004"
SLUGS = {MERE: "merewold", SALT: "saltby", FAR: "farholme", NOR: "norwick"}
NAMES = {MERE: "Merewold", SALT: "Saltby", FAR: "Farholme", NOR: "Norwick"}
UNPARISHED_CELLS = {(1, 8): "Farholme Town, unparished area", (6, 8): "Norwick Docks, unparished area"}
CELLS = [(row, column) for row in range(8) for column in (8, 9)]
NO_EMAIL = {(2, 9), (5, 9)}
PARISHES = 5
"""Most parishes of a council in which anybody reports something."""

Cell = tuple[int, int]


class District:
    """The areas, as the script of the embedded district draws them, and what a simulation adds."""

    def __init__(self) -> None:
        self.drawn: dict[str, Any] = runpy.run_path(str(ROOT / "data" / "boundaries" / "make_district.py"))
        area = self.drawn["Area"]
        self.areas = list(self.drawn["make_areas"]())
        first = sum(each.code.startswith("E04") for each in self.areas)
        for number, cell in enumerate(CELLS):
            code, name = f"E04999{first + number + 1:03d}", f"{'Far' if cell[0] < 4 else 'Nor'}by {cell[0]}{cell[1]}"
            if cell in UNPARISHED_CELLS:
                code, name = f"E43999{100 + number:03d}", UNPARISHED_CELLS[cell]
            self.areas.append(area(code, name, district_of(cell), (cell,)))
        self.clerks = self._clerks()

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the files of parishes and districts; returns them."""
        write = self.drawn["write_collection"]
        parishes, districts = folder / "parishes.geojson", folder / "districts.geojson"
        write(parishes, [_feature(n, self._parish(n, each)) for n, each in enumerate(self.areas, 1)])
        write(districts, [_feature(n, self._district(n, code)) for n, code in enumerate(NAMES, 1)])
        return parishes, districts

    def write_clerks(self, path: Path) -> None:
        """Write what the stand-in Modern.Gov publishes."""
        write_rows(path, self.clerks.values())

    def write_links(self, council: str, path: Path) -> None:
        """Write which parish is which there."""
        keys = ("parish_code", "moderngov_id", "title")
        own = [each for each in self.clerks.values() if each["council"] == council]
        write_rows(path, [{key: each[key] for key in keys} for each in own])

    def places(self) -> dict[str, list[Place]]:
        """Council → places in which people report something: parishes, one without a clerk's address, an unparished area."""
        found: dict[str, list[Place]] = {}
        for slug in SLUGS.values():
            own = [
                each
                for each in self.areas
                if SLUGS[each.district] == slug and len(each.cells) == 1 and self._is_plain(each)
            ]
            parishes = [each for each in own if each.code in self.clerks]
            reached = [each for each in parishes if self.clerks[each.code]["email"]][:PARISHES]
            silent = [each for each in parishes if not self.clerks[each.code]["email"]][:1]
            found[slug] = [
                self._place(each) for each in (*reached, *silent, *[e for e in own if e not in parishes][:1])
            ]
        points = self.drawn["demo_points"](self.areas)
        (easting, northing), *_ = points["near a border"]
        found["merewold"].append(Place("merewold", "uncertain", "", easting, northing))
        return found

    def _is_plain(self, area: Any) -> bool:
        odd = {*self.drawn["JOINT"], *self.drawn["SAME_NAME"], *self.drawn["SECOND_PART_OF"].values()}
        odd |= {self.drawn[each] for each in ("VACANT", "TWO_ADDRESSES", "NESTED_IN")}
        return area.cells[0] not in odd

    def _place(self, area: Any) -> Place:
        easting, northing = self.drawn["middle"](area.cells[0])
        clerk = self.clerks.get(area.code)
        state = "parish" if clerk is not None else "unparished"
        return Place(
            SLUGS[area.district], state, area.name, easting, northing, clerk["email"] or None if clerk else None
        )

    def _clerks(self) -> dict[str, dict[str, str]]:
        with (ROOT / "data" / "moderngov" / "clerks.csv").open(encoding="utf-8") as file:
            found = {each["parish_code"]: each for each in csv.DictReader(file)}
        for number, area in enumerate(self.areas):
            if area.code.startswith("E04") and area.code not in found:
                email = "" if area.cells[0] in NO_EMAIL else f"clerk@{area.name.lower().replace(' ', '-')}.example"
                found[area.code] = {
                    "council": SLUGS[area.district], "parish_code": area.code, "moderngov_id": str(2000 + 7 * number),
                    "title": f"{area.name} Parish Council", "clerk": f"Clerk {number} of {area.name}", "email": email,
                    "phone": f"01632 {960500 + number}", "address": f"Parish Office|Church Lane|{area.name}|ZZ9 9AH",
                }  # fmt: skip
        return found

    def _parish(self, number: int, area: Any) -> Mapping[str, Any]:
        named = {"FID": number, "PARNCP25CD": area.code, "PARNCP25NM": area.name, "PARNCP25NW": " "}
        return {"geometry": self.drawn["geometry"](area), "properties": {**named, "LAD25CD": area.district}}

    def _district(self, number: int, code: str) -> Mapping[str, Any]:
        if code in (FAR, NOR):
            rings = [self.drawn["ring"](cell) for cell in CELLS if district_of(cell) == code]
            shape = mapping(unary_union([Polygon(each) for each in rings]))
        else:
            shape = self.drawn["district_outline"](code)
        return {"geometry": shape, "properties": {"FID": number, "LAD25CD": code, "LAD25NM": NAMES[code]}}


def district_of(cell: Cell) -> str:
    """The half of Farholme in which a cell lies."""
    return FAR if cell[0] < 4 else NOR


def _feature(number: int, rest: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": number, **rest}


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """A table as CSV."""
    kept = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
