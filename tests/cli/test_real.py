"""Real boundaries and postcodes, where they are at hand: every answer against a plain geopandas join of the same."""

import csv
import gzip
import json
import os
import sys
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
    truth = joined(points, geopandas.read_file(PARISHES).to_crs(27700), "PARNCP25CD")
    border = []
    for row, expected in zip(csv.DictReader(target.read_text().splitlines()), truth, strict=True):
        if row["candidates"]:
            border.append((row["id"], float(row["distance_m"]), row["candidates"], ";".join(sorted(expected))))
            assert expected <= set(row["candidates"].split(";")), row
        else:
            assert ({row["code"]} if row["code"] else set()) == expected, row
    lines = [f"{len(points):,} postcodes, {len(border):,} within the tolerance of a border:"]
    lines += ["postcode, metres, candidates, in the join"]
    lines += [", ".join(map(str, each)) for each in sorted(border, key=lambda each: each[1])]
    sys.stdout.write("\n".join(lines))
    assert max(metres for _, metres, _, known in border if known) <= 25.0
    assert max(metres for _, metres, _, _ in border) <= 50.0


def joined(points, frame, column: str) -> list[set[str]]:
    """The codes of the areas that each point touches, by a plain join."""
    import geopandas

    places = geopandas.points_from_xy(*zip(*[point[1:] for point in points], strict=True))
    found = geopandas.sjoin(geopandas.GeoDataFrame(geometry=places, crs=27700), frame, how="left")
    codes: list[set[str]] = [set() for _ in points]
    for number, code in found[column].dropna().items():
        codes[number].add(code)
    return codes


def test_bulk_equals_a_join_on_all_england():
    import geopandas

    england = REAL / "boundaries" / "parishes_england_2021_gen20m_27700.parquet"
    edition = read_areas(england, columns=Columns("code", "name", "LAD25CD"))
    boundaries = Boundaries("england", edition.areas)
    points = postcodes()
    seen = locate_all(
        np.array([point[1:] for point in points]), boundaries, View("E06000037", frozenset({"E06000037"}), 0.0)
    )
    truth = joined(points, geopandas.read_parquet(england), "code")
    several = 0
    for place, expected in zip(seen, truth, strict=True):
        if len(expected) > 1:  # on a border, or where the generalised polygons overlap
            several += 1
            assert expected == {each.area.code for each in place.candidates}
        else:
            assert ({place.area.code} if place.area else set()) == expected
    assert several < len(points) / 1_000


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


def vintages(folder: Path, unique: dict[str, str]) -> tuple[Path, Path]:
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


def load(waywarden, path: Path, *arguments: str):
    named = ("--code-column", "code", "--name-column", "name", "--district-column", "LAD25CD", "--json")
    return waywarden("boundaries", "load", str(path), *named, *arguments)


def test_contacts_and_open_cases_of_bracknell_forest_follow_and_an_ambiguous_name_ends_as_review(
    waywarden, database, catalogue, tmp_path
):
    unique, ambiguous = changes()
    assert {code: unique[code] for code in BRACKNELL_FOREST} == BRACKNELL_FOREST
    assert ambiguous[GREAT_CHESTERFORD] == TWO_OF_ITS_NAME
    before, after = vintages(tmp_path, unique)
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
        for each in casework.read_outbox(tx, batch.id):
            casework.mark_sent(tx, each, "data-250")
        casework.finish(tx, batch.id)
        tx.execute("UPDATE report SET area_code = %s WHERE id = %s", (area_code, receipt.id))
    return receipt.id
