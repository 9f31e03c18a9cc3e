"""Real boundaries and postcodes, where they are at hand: every answer against a plain geopandas join of the same."""

import csv
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from routing.place import Boundaries, View, locate_all
from routing.place.build import Columns, read_areas

REAL = Path(os.environ.get("WAYWARDEN_REAL_DATA", "/nonexistent"))
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="WAYWARDEN_REAL_DATA names no folder with real boundaries"),
]
PARISHES = REAL / "boundaries" / "ons_shaped_parncp25_wb_and_neighbours_bgc20_4326.geojson"
POSTCODES = REAL / "gazetteer" / "codepoint_open_rg.csv.gz"


def postcodes() -> list[tuple[str, float, float]]:
    with gzip.open(POSTCODES, "rt", encoding="utf-8") as file:
        return [(row[0], float(row[2]), float(row[3])) for row in csv.reader(file)]


def test_every_postcode_is_where_a_plain_join_puts_it_but_for_border_cases(waywarden, tmp_path):
    import geopandas

    loaded = waywarden("boundaries", "load", str(PARISHES), "--activate", "--json")
    assert json.loads(loaded.stdout)["active"] is True
    points = postcodes()
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,easting,northing\n" + "".join(f"{name},{x},{y}\n" for name, x, y in points))
    done = waywarden("locate", "--csv", str(source), "--out", str(target), "--json")
    assert json.loads(done.stdout)["rows"] == len(points) == 23_649
    frame = geopandas.read_file(PARISHES).to_crs(27700)
    at = geopandas.GeoDataFrame(
        {"id": [p[0] for p in points]},
        geometry=geopandas.points_from_xy(*zip(*[p[1:] for p in points], strict=True)),
        crs=27700,
    )
    joined = geopandas.sjoin(at, frame, how="left", predicate="intersects")
    truth: dict[str, set[str]] = {}
    for name, code in zip(joined["id"], joined["PARNCP25CD"], strict=True):
        truth.setdefault(name, set()).update([code] if isinstance(code, str) else [])
    differ = []
    for row in csv.DictReader(target.read_text().splitlines()):
        seen = {row["code"]} if row["code"] else set(row["candidates"].split(";")) - {""}
        if seen != truth[row["id"]]:
            differ.append(row)
    for row in differ:  # within the tolerance of 25 m, or 50 m from the nearest; pyproj's Helmert is metres off OSTN15
        assert row["state"] != "off_map"
        assert float(row["distance_m"]) <= 50.0, row
    assert len(differ) < 0.2 * len(points)


def test_bulk_equals_a_join_on_all_england():
    import geopandas

    england = REAL / "boundaries" / "parishes_england_2021_gen20m_27700.parquet"
    edition = read_areas(england, columns=Columns("code", "name", "LAD25CD"))
    boundaries = Boundaries("england", edition.areas)
    points = np.array([[x, y] for _, x, y in postcodes()])
    places = locate_all(points, boundaries, View("E06000037", frozenset({"E06000037"}), 0.0))
    frame = geopandas.read_parquet(england)
    at = geopandas.GeoDataFrame(geometry=shapely.points(points), crs=27700)
    joined = geopandas.sjoin(at, frame, how="left", predicate="intersects")
    alone = joined[~joined.index.duplicated(keep=False)]["code"]
    seen = places.codes()
    for number, code in alone.items():
        assert seen[number] == (code if isinstance(code, str) else None)
