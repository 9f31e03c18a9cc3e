"""Real boundaries and postcodes, where they are at hand: every answer against a plain geopandas join of the same."""

import csv
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from routing import casework
from routing.contacts import read_contacts
from routing.place import Boundaries, View, locate_all
from routing.place.build import Columns, read_areas
from tests.casework.factory import decided, know_clerk

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


CHANGES = REAL / "boundaries" / "parish_code_changes_2021_to_parncp25.csv"
BRACKNELL_FOREST = {f"E0400114{n}": f"E040132{56 + n - 1}" for n in range(1, 6)}
GREAT_CHESTERFORD, TWO_OF_ITS_NAME = "E04004131", ["E04013154", "E04013410"]


def changes() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Old → new where a name is unique among retired and among new; old → all new of its name where it is not."""
    rows = list(csv.DictReader(CHANGES.read_text(encoding="utf-8").splitlines()))
    retired = {row["code"]: row["name_2021"] for row in rows if row["change"] == "retired"}
    new = {row["code"]: row["name_2025"] for row in rows if row["change"] == "new"}
    names = list(retired.values())
    by_name = {name: [code for code, each in new.items() if each == name] for name in names}
    unique = {code: by_name[name][0] for code, name in retired.items() if names.count(name) == len(by_name[name]) == 1}
    return unique, {code: by_name[name] for code, name in retired.items() if len(by_name[name]) > 1}


def editions(folder: Path, unique: dict[str, str]) -> tuple[Path, Path]:
    """Eight districts of 2021, and the same polygons under the codes of 2025; one of ambiguous name in two halves."""
    import geopandas
    import pandas

    england = geopandas.read_parquet(REAL / "boundaries" / "parishes_england_2021_gen20m_27700.parquet")
    home = england.loc[england["code"] == GREAT_CHESTERFORD, "LAD25CD"].item()
    near = ["E06000036", "E06000037", "E06000054", "E07000179", "E07000180", "E07000093", "E07000084", home]
    before = england.loc[england["LAD25CD"].isin(near), ["code", "name", "LAD25CD", "geometry"]]
    after = before.assign(code=before["code"].replace(unique))
    divided = after.loc[after["code"] == GREAT_CHESTERFORD]
    west, south, east, north = divided.total_bounds
    halves = [shapely.box(west, south, (west + east) / 2, north), shapely.box((west + east) / 2, south, east, north)]
    parts = [
        divided.assign(code=code, geometry=divided.intersection(half))
        for code, half in zip(TWO_OF_ITS_NAME, halves, strict=True)
    ]
    after = pandas.concat([after.loc[after["code"] != GREAT_CHESTERFORD], *parts])
    for frame, name in ((before, "2021"), (after, "2025")):
        geopandas.GeoDataFrame(frame, crs=27700).to_file(folder / f"{name}.gpkg", driver="GPKG")
    return folder / "2021.gpkg", folder / "2025.gpkg"


def load(waywarden, path: Path, *words: str):
    named = ("--code-column", "code", "--name-column", "name", "--district-column", "LAD25CD", "--json")
    return waywarden("boundaries", "load", str(path), *named, *words)


def test_contacts_and_open_cases_of_bracknell_forest_follow_and_an_ambiguous_name_ends_as_review(
    waywarden, database, catalogue, tmp_path
):
    unique, ambiguous = changes()
    assert {code: unique[code] for code in BRACKNELL_FOREST} == BRACKNELL_FOREST
    assert ambiguous[GREAT_CHESTERFORD] == TWO_OF_ITS_NAME
    before, after = editions(tmp_path, unique)
    codes = {area.code for area, _ in read_areas(after, columns=Columns("code", "name", "LAD25CD")).areas}
    lines = [(old, new, "name") for old, new in unique.items() if new in codes]
    lines += [(GREAT_CHESTERFORD, new, "ambiguous name") for new in TWO_OF_ITS_NAME]
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("old_code,new_code,reason\n" + "".join(f"{','.join(line)}\n" for line in lines))
    olds = [*BRACKNELL_FOREST, GREAT_CHESTERFORD]
    for old in olds:
        know_clerk(database, old, f"clerk@{old.lower()}.example")
    cases = {old: open_case(database, catalogue, old) for old in olds}
    assert load(waywarden, before, "--activate").returncode == 0
    done = load(waywarden, after, "--activate", "--mapping", str(mapping))
    assert done.stdout, done.stderr
    vintage = json.loads(done.stdout)["vintage"]
    if done.returncode == 3:  # it recodes more than two hundredths
        assert waywarden("boundaries", "activate", vintage, "--reviewed").returncode == 0
    with database.transaction() as tx:
        known = read_contacts(tx, ["merewold"])
        rows = {row["id"]: row for row in tx.execute("SELECT id, area_code, state FROM report").fetchall()}
    for old, new in BRACKNELL_FOREST.items():
        assert known["merewold", new].published.email == f"clerk@{old.lower()}.example"
        assert (rows[cases[old]]["area_code"], rows[cases[old]]["state"]) == (new, "sent")
    assert rows[cases[GREAT_CHESTERFORD]]["state"] == "review"
    assert not any(("merewold", new) in known for new in TWO_OF_ITS_NAME)


def open_case(database, catalogue, area_code: str):
    """A report that was sent, as if it had been located in that area."""
    receipt, batch = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        for each in casework.outbox(tx, batch.id):
            casework.mark_sent(tx, each, "data-250")
        casework.finish(tx, batch.id)
        tx.execute("UPDATE report SET area_code = %s WHERE id = %s", (area_code, receipt.id))
    return receipt.id
