"""What is typed to say where → the points that may be meant, the likeliest first; a long road is no point."""

import pytest

from routing.errors import InputError
from routing.place import Box, Said, View, find_place, load_names, load_postcodes, plain_name, stretches_in
from routing.place.gazetteer import PlaceName
from routing.place.postcode import possible_postcodes, postcodes_within
from tests.place.squares import HOME, OTHER, parish, square, world

NORTH, SOUTH, AWAY = parish(1, "Northby"), parish(2, "Southby"), parish(3, "Farby", OTHER)
WORLD = world((NORTH, square(400, 401)), (SOUTH, square(400, 400)), (AWAY, square(430, 400, 8)))
VIEW = View(HOME, frozenset({HOME}), 25.0)


def street(name, x, y, locality="", *, long_m=100.0, other="", district="ZZ1", kind="Named Road"):
    """A road that begins at x, y and runs east; in metres from the corner of the first square."""
    easting, northing = 400_000.0 + x, 400_000.0 + y
    box = Box(easting, northing, easting + long_m, northing + 50)
    named = f"{name} {x} {y} {kind}"
    return PlaceName(named, name, kind, locality, district, easting + long_m / 2, northing + 25, other, box)


def village(name, x, y, width=400.0):
    easting, northing = 400_000.0 + x, 400_000.0 + y
    box = Box(easting - width / 2, northing - width / 2, easting + width / 2, northing + width / 2)
    return PlaceName(name, name, "Village", "", "ZZ1", easting, northing, "", box)


NAMES = [
    village("Northby", 500, 1500),
    village("Southby", 500, 500),
    street("Church Lane", 300, 1500, "Northby"),
    street("Church Lane", 300, 500, "Southby"),
    street("Church Lane", 30_500, 4_000, "Farby"),
    street("Church Lane", 32_500, 6_000, "Nearly Farby"),
    street("Church Land", 400, 600, "Southby"),
    street("Mill Road", 200, 400, "Southby", other="Heol y Felin"),
    street("T\u0177 Gwyn Road", 250, 350, "Southby"),
    street("Long Road", 300, 200, "Southby", long_m=400),
    street("Long Road", 300, 200, "Southby", long_m=120, kind="Section Of Named Road"),
    street("Cross Street", 700, 950, "", long_m=60),
    street("Border Way", 500, 970, "", long_m=50),
    street("Ridge Way", 400, 300, "", long_m=60),
    street("Ridge Way", 410, 310, "Southby", long_m=60),
    street("Great Road", 100, 400, "", long_m=800),
]
POSTCODES = [("ZZ1 1AA", 400_500.0, 400_500.0), ("ZZ1 1AB", 400_500.0, 401_500.0), ("B10 1AA", 400_600.0, 400_600.0)]


@pytest.fixture
def find(database):
    with database.transaction() as tx:
        load_names(tx, "test", NAMES)
        load_postcodes(tx, "test", POSTCODES)

    def look(text):
        with database.transaction() as tx:
            return find_place(tx, text, WORLD, VIEW)

    return look


def called(found):
    return [f"{match.spot.name}, {match.spot.locality}" for match in found.matches]


@pytest.mark.parametrize(
    "text",
    ["ZZ1 1AA", "zz11aa", "ZZ1-1AA", ".ZZ1 1AA.", "ZZ1 1AA, UK", "ZZ1 1AA United Kingdom", "ZZI IAA", "\u200eZZ1 1AA\u200b",
     "12 Church Lane, Southby, ZZ1 1AA", "Flat 2, 3 Mill Road, Southby ZZ11AA England", "Church Lane ZZI 1AA",
     "Postcode:ZZ1 1AA", "Church Lane, Southby;ZZ1 1AA", "Church Lane/ZZ1 1AA", "Church Lane (ZZ1 1AA)"],
)  # fmt: skip
def test_a_postcode_is_found_alone_and_in_an_address(find, text):
    found = find(text)
    assert (found.kind, found.name, [match.place.area for match in found.matches]) == (
        Said.POSTCODE,
        "ZZ1 1AA",
        [SOUTH],
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("12 Church Lane, Southby, ZZ1 1AA", "Church Lane, ZZ1 1AA"),
        ("3 Church Ln Southby ZZ1 1AA", "Church Lane, ZZ1 1AA"),
        ("the forge, church lane, southby, zz11aa", "Church Lane, ZZ1 1AA"),
        ("12 Nowhere Street, Southby, ZZ1 1AA", "ZZ1 1AA"),
        ("12 Church Laneside, Southby, ZZ1 1AA", "ZZ1 1AA"),
        ("Great Roads, Southby, ZZ1 1AA", "ZZ1 1AA"),
        ("ZZ1 1AA", "ZZ1 1AA"),
    ],
)
def test_a_postcode_in_an_address_is_named_with_its_street_where_that_is_known_there(find, text, name):
    assert [match.spot.name for match in find(text).matches] == [name]


@pytest.mark.parametrize(
    ("text", "postcodes"),
    [
        ("B1O 1AA", ["B1O 1AA", "B10 1AA", "BI0 1AA"]),
        ("OX1 1AA", ["OX1 1AA"]),
        ("0X1 1AA", ["OX1 1AA"]),
        ("GIR OAA", ["GIR 0AA"]),
        ("gir 0aa", ["GIR 0AA"]),
        ("ZZ1 1A1", []),
        ("Mill", []),
    ],
)
def test_letters_that_look_like_digits_are_read_where_digits_stand(text, postcodes):
    assert possible_postcodes(text) == postcodes


def test_of_two_readings_the_known_one_is_taken(find):
    assert find("B1O 1AA").name == "B10 1AA"


def test_a_postcode_within_a_text_has_a_digit():
    assert postcodes_within("Bell Inn, 2 Oak Lodge") == []
    assert postcodes_within("The Mill, ZZ1 1AA, ZZ1 1AB") == [["ZZ1 1AB"], ["ZZ1 1AA"]]


def test_of_two_postcodes_that_are_written_either_may_be_meant(find):
    found = find("ZZ1 1AA or ZZ1 1AB")
    assert {match.spot.name for match in found.matches} == {"ZZ1 1AA", "ZZ1 1AB"}


@pytest.mark.parametrize(
    ("text", "is_exact"),
    [("Church Lane, Northby, Southby", True), ("Church Lane, Nrthby, Southby", False), ("Church Lane, Southby", True)],
)
def test_a_post_town_behind_a_village_is_no_answer_to_where(find, text, is_exact):
    first = find(text).matches[0]
    assert first.is_exact == is_exact
    if is_exact:
        assert first.spot.locality == text.split(", ")[1]


def test_a_part_of_a_long_road_in_one_parish_is_a_stretch_and_a_parish_names_its_part(database):
    road = street("High Way", 400, 400, "", long_m=400)
    wide = Box(400_400.0, 400_600.0, 400_500.0, 401_600.0)  # from Southby into Northby
    both = PlaceName("both", "High Way", "Named Road", "", "ZZ1", 400_450.0, 401_100.0, "", wide)
    section = street("High Way", 450, 1300, "Upper Northby", long_m=450, kind="Section Of Named Road")
    with database.transaction() as tx:
        load_names(tx, "test", [*NAMES, road, both, section])
        spot = next(match.spot for match in find_place(tx, "High Way", WORLD, VIEW).matches if match.spot.box == wide)
        for said, area in (("Upper Northby", NORTH), ("Northby", NORTH), ("Southby", SOUTH)):
            (match,) = stretches_in(tx, spot, [plain_name(said)], WORLD, VIEW)
            assert (match.place.area, match.needs_stretch) == (area, False)
        assert stretches_in(tx, spot, [plain_name("Elsewhere")], WORLD, VIEW) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("ZZ9 9ZZ", Said.POSTCODE), ("ZZ1", Said.PARTLY), ("zz1 1", Said.PARTLY), ("Qqqq Zzzz", Said.NAME)],
)
def test_what_is_not_known_says_what_it_was_taken_for(find, text, kind):
    found = find(text)
    assert (found.kind, found.matches) == (kind, ())


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Church Lane, Northby", "Church Lane, Northby"),
        ("chruch lane, southby", "Church Lane, Southby"),
        ("12 Church Lane, Northby", "Church Lane, Northby"),
        ("12a-14 Church Ln., Northby", "Church Lane, Northby"),
        ("Church Lane Northby", "Church Lane, Northby"),
        ("Church Lane, Northby (near the school)", "Church Lane, Northby"),
        ("Church Lane, Northby - opposite the pub", "Church Lane, Northby"),
        ("Northby, Church Lane", "Church Lane, Northby"),
        ("Heol y Felin", "Mill Road, Southby"),
        ("ty gwyn rd", "T\u0177 Gwyn Road, Southby"),
        ("Church Lane, Farby", "Church Lane, Farby"),
    ],
)
def test_a_street_is_found_with_its_number_its_village_its_other_name_and_typing_errors(find, text, first):
    assert called(find(text))[0] == first


def test_a_parish_without_a_settlement_of_its_name_offers_its_streets(database):
    with database.transaction() as tx:
        load_names(tx, "test", [each for each in NAMES if each.name != "Southby"] + [village("Southbay", 700, 1500)])
        found = find_place(tx, "southby", WORLD, VIEW)
        assert (found.kind, found.name) == (Said.SETTLEMENT, "Southby")
        assert {match.place.area for match in found.matches} == {SOUTH}
        assert "Church Lane, Southby" in called(found)
        assert "Border Way, " not in called(found), "it is in two parishes"
        assert find_place(tx, "Farby", WORLD, VIEW).kind is Said.NAME, "of another council"


def test_a_street_in_the_village_that_was_named_needs_no_choice(find):
    found = find("Church Lane, Northby")
    assert called(found) == ["Church Lane, Northby"]
    assert found.matches[0].is_exact


def test_the_council_comes_first_then_what_is_exact_then_what_is_near(find):
    assert called(find("Church Lane")) == [
        "Church Lane, Southby",
        "Church Lane, Northby",
        "Church Land, Southby",
        "Church Lane, Farby",
        "Church Lane, Nearly Farby",
    ]


def test_what_a_person_cannot_tell_apart_is_there_once(find):
    assert called(find("Ridge Way")) == ["Ridge Way, Southby"]


def test_a_postcode_district_narrows_a_street_and_no_other_is_shown_instead(find):
    assert called(find("Church Lane, ZZ1"))[:2] == ["Church Lane, Southby", "Church Lane, Northby"]
    assert called(find("Church Lane, ZZ6")) == []


@pytest.mark.parametrize("text", ["Southby", "southby, UK", " Southby. ", "Suothby"])
def test_a_settlement_alone_offers_its_streets(find, text):
    found = find(text)
    assert (found.kind, found.name) == (Said.SETTLEMENT, "Southby")
    assert called(found)[:2] == ["Church Land, Southby", "Church Lane, Southby"]
    assert "Church Lane, Northby" not in called(found)


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("Great Road", {SOUTH}),  # 800 m in one parish
        ("Cross Street", {SOUTH, NORTH}),  # 60 m in two
        ("Border Way", {SOUTH, NORTH}),
    ],
)
def test_a_road_that_is_long_or_reaches_another_parish_needs_a_stretch(find, text, reaches):
    (match,) = find(text).matches
    assert match.needs_stretch
    assert set(match.reaches) == reaches


def test_a_short_road_in_one_parish_is_a_point(find):
    (match,) = find("Mill Road").matches
    assert not match.needs_stretch


def test_the_village_named_with_a_long_road_tells_its_stretch(find):
    (match,) = find("Great Road, Southby").matches
    assert (match.needs_stretch, match.spot.locality, match.place.area) == (False, "Southby", SOUTH)
    assert 400_300 <= match.spot.easting <= 400_700  # where the road's box and the village's meet


def test_a_section_that_is_a_point_is_the_stretch(find):
    (match,) = [match for match in find("Long Road, Southby").matches if not match.needs_stretch]
    assert match.spot.kind == "Section Of Named Road"


def test_a_village_that_does_not_settle_the_parish_is_no_stretch(database):
    wide = village("Midby", 700, 980)
    with database.transaction() as tx:
        load_names(tx, "test", [*NAMES, wide])
        road = find_place(tx, "Cross Street", WORLD, VIEW).matches[0].spot
        assert stretches_in(tx, road, [plain_name("Midby")], WORLD, VIEW) == []
        assert stretches_in(tx, road, [plain_name("Farby")], WORLD, VIEW) == []


@pytest.mark.parametrize("text", ["", " ", ",", "a", "%", "'", "12", ", 14"])
def test_nothing_to_search_for_is_said_so(find, text):
    with pytest.raises(InputError, match="Enter the name"):
        find(text)


def test_names_are_compared_without_case_accents_and_punctuation():
    assert plain_name("St. Mary's  T\u0177") == plain_name("Saint Marys ty")


def test_a_name_without_a_box_is_the_point_that_it_was(database):
    with database.transaction() as tx:
        load_names(tx, "test", [PlaceName("x", "Old Road", "Named Road", "", "ZZ1", 400_500.0, 400_500.0)])
        (match,) = find_place(tx, "Old Road", WORLD, VIEW).matches
    assert (match.needs_stretch, match.place.area) == (False, SOUTH)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("A44", "A44, Southby"), ("A44, Southby", "A44, Southby"), ("a44 southby", "A44, Southby"),
        ("Mill Road, A44", "Mill Road, Southby"), ("Mill Road A44", "Mill Road, Southby"),
        ("Church Lane Southby", "Church Lane, Southby"), ("12 Church Lane Southby", "Church Lane, Southby"),
        ("Church Ln Southby", "Church Lane, Southby"), ("12a Mill Rd Southby", "Mill Road, Southby"),
        ("Elm Close, Cold St Mary", "Elm Close, Cold St Mary"), ("Elm Cl Cold St Mary", "Elm Close, Cold St Mary"),
        ("Rose Cottage, Church Lane, Southby", "Church Lane, Southby"), ("Southby town centre", "A44, Southby"),
    ],
)  # fmt: skip
def test_a_number_of_a_road_is_no_postcode_district_and_a_comma_may_be_left_out(database, text, first):
    more = [
        street("A44", 300, 300, "Southby", long_m=60, kind="Section Of Numbered Road"),
        village("Cold St Mary", 700, 700, 200),
        street("Elm Close", 680, 700, "Cold St Mary", long_m=40),
    ]
    with database.transaction() as tx:
        load_names(tx, "test", [*NAMES, *more])
        found = find_place(tx, text, WORLD, VIEW)
    assert called(found)[0] == first
    assert found.matches[0].is_exact or found.kind is Said.SETTLEMENT


def test_where_a_postcode_district_is_known_it_is_meant(database):
    with database.transaction() as tx:
        load_names(tx, "test", [*NAMES, street("Canal Street", 300, 300, "Southby", district="M4")])
        assert called(find_place(tx, "Canal Street, M4", WORLD, VIEW)) == ["Canal Street, Southby"]
        assert find_place(tx, "Mill Road, M4", WORLD, VIEW).matches == ()


def test_a_postcode_in_three_words_is_found_and_the_number_of_a_house_is_no_part_of_it():
    assert postcodes_within("12 Church Lane, Southby ZZ 1 1AA") == [["ZZ1 1AA"]]
    assert postcodes_within("14 5LD") == []


def test_a_link_without_a_place_is_said_to_be_one(find):
    with pytest.raises(InputError, match="This link does not contain a place"):
        find("https://maps.app.goo.gl/Xy12")


def test_the_point_of_a_link_is_called_by_its_grid_reference(find):
    found = find("https://www.openstreetmap.org/?mlat=51.401&mlon=-1.323")
    assert found.matches[0].spot.name.startswith("SU 4719")
