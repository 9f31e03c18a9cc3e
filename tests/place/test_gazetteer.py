"""Postcodes and names → points: what is typed, what is known, what a file must look like."""

import csv
import gzip
import zipfile

import pytest

from routing.errors import BoundaryError, InputError
from routing.place import find_places, find_postcode, load_names, load_postcodes
from routing.place.build import read_gazetteer
from routing.place.gazetteer import read_postcode
from tests.conftest import ROOT

CODE_POINT = ROOT / "data" / "boundaries" / "codepoint_open_zz.csv"
OPEN_NAMES = ROOT / "data" / "boundaries" / "opname_csv_zz.csv"


@pytest.fixture
def loaded(database):
    postcodes, names = read_gazetteer(CODE_POINT), read_gazetteer(OPEN_NAMES)
    with database.transaction() as tx:
        load_postcodes(tx, "codepoint", postcodes.postcodes)
        load_postcodes(tx, "names", names.postcodes)
        load_names(tx, "names", names.names)
    return database


@pytest.mark.parametrize("typed", ["ZZ1 1AH", "zz11ah", "  Zz1  1aH ", "ZZ1 1 AH"])
def test_a_postcode_is_found_however_it_is_typed(loaded, typed):
    with loaded.transaction() as tx:
        (spot,) = find_postcode(tx, typed)
    assert (spot.name, spot.kind, spot.easting, spot.northing) == ("ZZ1 1AH", "Postcode", 558431, 437218)


@pytest.mark.parametrize("typed", ["", "ZZ1", "High Street", "ZZ1 1A1", "1ZZ 1AH", "ZZ1 1AH; DROP TABLE postcode"])
def test_what_is_no_postcode_is_said_so(typed):
    with pytest.raises(InputError, match="no whole postcode"):
        read_postcode(typed)


def test_a_postcode_that_is_not_known_has_no_points(loaded):
    with loaded.transaction() as tx:
        assert find_postcode(tx, "ZZ9 9ZZ") == []


def test_every_point_of_a_postcode_is_given_and_none_twice(loaded):
    with loaded.transaction() as tx:
        load_postcodes(
            tx, "other", [("ZZ1 1AH", 558431, 437218), ("ZZ1 1AH", 559000, 437218), ("ZZ1 1AH", 559000, 437218)]
        )
        assert [spot.easting for spot in find_postcode(tx, "ZZ1 1AH")] == [558431, 559000]


@pytest.mark.parametrize(
    ("typed", "name", "locality"),
    [
        ("Aldershaw", "Aldershaw", ""),
        ("aldershow", "Aldershaw", ""),
        ("Church Lane, Aldershaw", "Church Lane", "Aldershaw"),
        ("chruch lane, aldershaw", "Church Lane", "Aldershaw"),
        ("STATION  ROAD , aldersha", "Station Road", "Aldershaw"),
    ],
)
def test_streets_and_places_are_found_with_typing_errors(loaded, typed, name, locality):
    with loaded.transaction() as tx:
        first = find_places(tx, typed)[0]
    assert (first.name, first.locality) == (name, locality)


def test_the_most_alike_comes_first_and_ten_at_most(loaded):
    with loaded.transaction() as tx:
        found = find_places(tx, "Church Lane")
    assert 1 <= len(found) <= 10
    assert [spot.similarity for spot in found] == sorted((spot.similarity for spot in found), reverse=True)
    assert found[0].similarity == 1.0


def test_what_is_far_less_alike_than_the_best_was_not_meant(loaded):
    with loaded.transaction() as tx:
        found = find_places(tx, "Church Lane, Aldershaw")
    assert all(spot.similarity >= 0.6 * found[0].similarity for spot in found)
    assert {spot.name for spot in found} == {"Church Lane"}


def test_nothing_like_it_is_nothing(loaded):
    with loaded.transaction() as tx:
        assert find_places(tx, "xyzzy quux") == []


@pytest.mark.parametrize("typed", ["", " ", ",", "a", "%", "'", ", Aldershaw"])
def test_nothing_to_search_for_is_said_so(loaded, typed):
    with pytest.raises(InputError, match="Write the name"), loaded.transaction() as tx:
        find_places(tx, typed)


def test_loading_a_source_again_replaces_what_it_said(loaded):
    with loaded.transaction() as tx:
        assert load_postcodes(tx, "codepoint", [("ZZ1 1AH", 1.0, 2.0)]) == 1
        assert [spot.easting for spot in find_postcode(tx, "ZZ1 1AH")] == [1.0]
        assert find_postcode(tx, "ZZ1 1BJ") == []
        assert load_names(tx, "names", []) == 0
        assert find_places(tx, "Aldershaw") == []


def test_what_another_source_knows_stays_when_one_is_loaded_again(loaded):
    with loaded.transaction() as tx:
        (point,) = find_postcode(tx, "ZZ1 1AH")
        load_postcodes(tx, "other", [("ZZ1 1AH", point.easting, point.northing)])
        load_postcodes(tx, "other", [])
        assert find_postcode(tx, "ZZ1 1AH") == [point]
        name = read_gazetteer(OPEN_NAMES).names[0]
        load_names(tx, "other", [name])
        load_names(tx, "other", [])
        assert name.name in {spot.name for spot in find_places(tx, name.name)}


@pytest.mark.thorough
def test_a_gzip_that_unpacks_to_far_more_is_refused(tmp_path):
    path = tmp_path / "codepo.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 300_000_000, 1))
    with pytest.raises(BoundaryError, match=r"^archive: .*Do not trust"):
        read_gazetteer(path)


def test_gzipped_and_zipped_files_say_the_same(tmp_path):
    plain = read_gazetteer(CODE_POINT)
    packed = tmp_path / "codepo.csv.gz"
    packed.write_bytes(gzip.compress(CODE_POINT.read_bytes()))
    archive = tmp_path / "codepo.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(CODE_POINT, "Data/CSV/zz.csv")
        file.writestr("Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ,EA,NO\nPostcode,Quality,Eastings,Northings\n")
    assert len(plain.postcodes) > 300
    assert read_gazetteer(packed) == read_gazetteer(archive) == plain


def test_rows_without_a_position_or_of_no_use_are_counted(tmp_path):
    path = tmp_path / "zz.csv"
    path.write_text("ZZ1 1AH,90,0,0\nZZ1 1BJ,10,557118,437440\n\n")
    found = read_gazetteer(path)
    assert (found.postcodes, found.skipped) == ([("ZZ1 1BJ", 557118.0, 437440.0)], 1)


def test_a_gzip_that_is_damaged_is_said_so(tmp_path):
    path = tmp_path / "codepo.csv.gz"
    content = bytearray(gzip.compress(CODE_POINT.read_bytes()))
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(BoundaryError, match=r"^archive: .*cannot be unpacked"):
        read_gazetteer(path)


BAD = {
    "another table": ("a,b\n1,2\n", "line 1: it has 2 columns"),
    "no number": ("ZZ1 1AH,10,east,437218\n", "line 1: postcode or coordinates"),
    "degrees": ("ZZ1 1AH,10,51.4,-1.3\n", "line 1: postcode or coordinates"),
    "nothing": ("", "no postcode and no place"),
    "no postcode": ("ZZ1 1AH,10,557118,437440\nnothing,10,557118,437440\n", "line 2: postcode or coordinates"),
    "no text": (b"\xff\xfe\x00", "cannot be read as CSV"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_gazetteer_names_the_line(tmp_path, name):
    content, said = BAD[name]
    path = tmp_path / "zz.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BoundaryError, match=f"^gazetteer: .*{said}"):
        read_gazetteer(path)


@pytest.mark.parametrize("name", ["no.csv", "no.zip"])
def test_a_file_that_is_not_there_is_said_so(tmp_path, name):
    with pytest.raises(BoundaryError, match="there is no such file"):
        read_gazetteer(tmp_path / name)


def test_open_names_are_known_as_such_though_there_is_no_name_among_them(tmp_path):
    with OPEN_NAMES.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.reader(file))
    row[2], row[7] = "ZZ1 1AH", "Postcode"
    path = tmp_path / "one_tile.csv"
    path.write_text(",".join(row) + "\n")
    found = read_gazetteer(path)
    assert (found.names, found.product) == ([], "open-names")
    assert read_gazetteer(CODE_POINT).product == "code-point-open"


@pytest.mark.parametrize(
    "typed",
    [
        "Church Lane, Danesby",
        "church lane danesby",
        "Danesby Church Lane",
        "Church Lane in Danesby",
        "churchlane danesby",
    ],
)
def test_a_street_and_its_village_are_found_in_any_order_and_without_a_comma(loaded, typed):
    with loaded.transaction() as tx:
        spots = find_places(tx, typed)
    assert (spots[0].name, spots[0].locality) == ("Church Lane", "Danesby")
