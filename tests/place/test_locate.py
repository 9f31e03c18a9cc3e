"""The look-up on the embedded district: every state, borders, corners, parts, holes, and its laws."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.place import Boundaries, Candidate, Place, View, locate, locate_all, locate_one, seen_from_home
from routing.place.build import read_areas
from routing.vocabulary import AreaKind, PlaceState
from tests.place.squares import district, parish, square, unparished, world
from tests.samples import code, oracle, point

FOLDER = Path("data/boundaries")
AREAS = read_areas(FOLDER / "parishes.geojson", FOLDER / "districts.geojson").areas
BOUNDARIES = Boundaries("embedded", AREAS)
HOME, SERVED, OTHER = "E07999001", "E07999002", "E07999003"
VIEW = View(HOME, frozenset({HOME, SERVED}), 25.0)
WEST, SOUTH, EAST, NORTH = shapely.total_bounds(BOUNDARIES.polygons)

coordinates = st.tuples(st.floats(WEST - 500, EAST + 500), st.floats(SOUTH - 500, NORTH + 500))


def at(*points: tuple[float, float], view: View = VIEW, boundaries: Boundaries = BOUNDARIES):
    return locate(np.array(points, dtype=float), boundaries, view)


def named(name: str, view: View = VIEW):
    where = point(name)
    return at((where["easting"], where["northing"]), view=view)[0]


@pytest.mark.parametrize("row", [row for row in oracle() if row["point"]], ids=lambda row: row["case"])
def test_each_point_of_the_oracle_is_where_the_script_put_it(row):
    place = at((float(row["easting"]), float(row["northing"])))[0]
    assert place.state == row["state"]
    if row["code"]:
        assert (place.area.code if place.area else place.district) == row["code"]
    assert place.vintage == "embedded"


def test_the_candidates_of_a_corner_are_the_three_parishes_that_meet():
    place = named("corner of three")
    assert len(place.candidates) == 3
    assert place.distance_m == pytest.approx(0, abs=0.1)


def test_a_point_on_a_boundary_is_in_both_parishes():
    assert [each.distance_m for each in named("boundary road").candidates] == [0.0, 0.0]


def test_the_candidates_near_a_border_say_how_far_the_other_one_is():
    inside, near = named("near a border").candidates
    assert inside.distance_m == 0
    assert near.distance_m == pytest.approx(12, abs=1)


def test_both_parts_of_a_parish_are_the_same_parish():
    assert named("first part").area.code == named("second part").area.code == code("first part")


def test_a_parish_inside_another_is_not_the_one_around_it():
    assert named("inside another").area != named("around another").area


def test_two_parishes_of_one_name_are_told_apart_by_code():
    one, two = named("same name one").area, named("same name two").area
    assert one.name == two.name
    assert one.code != two.code


def test_the_same_place_seen_from_the_neighbour_is_theirs():
    theirs = View(SERVED, VIEW.served, 25.0)
    assert named("served neighbour", theirs).state is PlaceState.PARISH
    assert named("parish", theirs).state is PlaceState.OUTSIDE_SERVED


def test_another_district_is_named():
    assert named("other district").district_name == "Farholme"


def test_without_boundaries_there_is_no_data():
    assert at((560_000, 440_000), boundaries=Boundaries(None, ()))[0].state is PlaceState.NO_DATA


def test_no_points_give_no_places():
    assert locate(np.empty((0, 2)), BOUNDARIES, VIEW) == []


def test_a_little_outside_of_everything_the_nearest_parish_is_a_candidate():
    outline = shapely.union_all(BOUNDARIES.polygons)
    corner = shapely.get_coordinates(outline)
    lowest = corner[np.argmin(corner[:, 1])]
    place = at((lowest[0], lowest[1] - 40))[0]
    assert place.state in {PlaceState.UNCERTAIN, PlaceState.OUTSIDE_SERVED, PlaceState.OUTSIDE_OTHER}
    assert place.candidates
    assert at((lowest[0], lowest[1] - 60))[0].state is PlaceState.OFF_MAP


HERE, THERE = parish(1), parish(2, district="E07999002")
BESIDE = parish(3, district="E07999002")
HALL = unparished(4)
NEAR = View(HOME, frozenset({HOME}), 100.0)
SERVING = View(HOME, frozenset({HOME, SERVED}), 100.0)


def hit(area, distance_m: float) -> Candidate:
    return Candidate(area, distance_m)


# Squares of a kilometre: what stands where, and the point that is asked for, in metres.
WORLDS = {
    "in one parish": ([(HERE, square(0, 0))], (500, 400), NEAR, Place(PlaceState.PARISH, HERE, HOME, None, (), 400, "v")),
    "in a place without a parish": (
        [(HALL, square(0, 0)), (district(), square(0, 0))],
        (500, 400), NEAR, Place(PlaceState.UNPARISHED, HALL, HOME, f"District {HOME}", (), 400, "v"),
    ),
    "in another council's parish": (
        [(THERE, square(0, 0)), (district(SERVED), square(0, 0))],
        (500, 300), NEAR, Place(PlaceState.OUTSIDE_OTHER, THERE, SERVED, f"District {SERVED}", (), 300, "v"),
    ),
    "in a served council's parish": (
        [(THERE, square(0, 0))], (500, 300), SERVING, Place(PlaceState.OUTSIDE_SERVED, THERE, SERVED, None, (), 300, "v"),
    ),
    "between two of one other council": (
        [(THERE, square(0, 0)), (BESIDE, square(1, 0)), (district(SERVED), square(0, 0, 2))],
        (990, 500), NEAR,
        Place(PlaceState.OUTSIDE_OTHER, None, SERVED, f"District {SERVED}", (hit(THERE, 0), hit(BESIDE, 10)), 10, "v"),
    ),
    "between two of a served council": (
        [(THERE, square(0, 0)), (BESIDE, square(1, 0))],
        (1010, 500), SERVING,
        Place(PlaceState.OUTSIDE_SERVED, None, SERVED, None, (hit(BESIDE, 0), hit(THERE, 10)), 10, "v"),
    ),
    "between two councils": (
        [(HERE, square(0, 0)), (THERE, square(1, 0))],
        (990, 500), SERVING, Place(PlaceState.UNCERTAIN, None, None, None, (hit(HERE, 0), hit(THERE, 10)), 10, "v"),
    ),
    "in a district without parishes": (
        [(district(OTHER), square(0, 0))],
        (500, 200), NEAR, Place(PlaceState.OUTSIDE_OTHER, district(OTHER), OTHER, f"District {OTHER}", (), 200, "v"),
    ),
    "where two such districts overlap": (
        [(district(OTHER), square(0, 0)), (district(SERVED), square(0.1, 0))],
        (500, 200), NEAR, Place(PlaceState.OUTSIDE_OTHER, district(SERVED), SERVED, f"District {SERVED}", (), 200, "v"),
    ),
    "in such a district beside a served one": (
        [(district(OTHER), square(0, 0)), (district(HOME), square(1, 0))],
        (990, 500), NEAR,
        Place(PlaceState.UNCERTAIN, None, None, None, (hit(district(OTHER), 0), hit(district(HOME), 10)), 10, "v"),
    ),
    "in such a district beside another": (
        [(district(OTHER), square(0, 0)), (district(SERVED), square(1, 0))],
        (990, 500), NEAR, Place(PlaceState.OUTSIDE_OTHER, district(OTHER), OTHER, f"District {OTHER}", (), 10, "v"),
    ),
    "in a served district that has no boundaries there": (
        [(district(), square(0, 0))], (500, 500), NEAR, Place(PlaceState.NO_DATA, None, HOME, f"District {HOME}", vintage="v"),
    ),
    "where two served districts overlap": (
        [(district(SERVED), square(0, 0)), (district(HOME), square(0.1, 0))],
        (500, 500), SERVING, Place(PlaceState.NO_DATA, None, HOME, f"District {HOME}", vintage="v"),
    ),
    "a little outside of a parish": (
        [(HERE, square(0, 0))],
        (500, -40), View(HOME, frozenset({HOME}), 5.0), Place(PlaceState.UNCERTAIN, None, None, None, (hit(HERE, 40),), 40, "v"),
    ),
    "a little outside of a parish and its district": (
        [(HERE, square(0, 0)), (district(), square(0, 0))],
        (500, -40), View(HOME, frozenset({HOME}), 5.0), Place(PlaceState.UNCERTAIN, None, None, None, (hit(HERE, 40),), 40, "v"),
    ),
    "in a gap beside a parish": (
        [(HERE, square(0, 0)), (district(), square(0, -1, 2))],
        (500, -40), View(HOME, frozenset({HOME}), 5.0), Place(PlaceState.UNCERTAIN, None, None, None, (hit(HERE, 40),), 40, "v"),
    ),
    "in another served district that has no boundaries there": (
        [(district(SERVED), square(0, 0))], (500, 500), SERVING, Place(PlaceState.NO_DATA, None, SERVED, f"District {SERVED}", vintage="v"),
    ),
    "a little outside of a served council's district": (
        [(district(SERVED), square(0, 0))],
        (500, -40), SERVING, Place(PlaceState.OUTSIDE_SERVED, None, SERVED, f"District {SERVED}", (hit(district(SERVED), 40),), 40, "v"),
    ),
    "far from everything": ([(HERE, square(0, 0))], (500, -400), NEAR, Place(PlaceState.OFF_MAP, vintage="v")),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
def test_a_place_says_all_that_is_known_of_it(name):
    areas, where, view, expected = WORLDS[name]
    boundaries = world(*areas)
    assert locate_one(*where, boundaries, view) == expected
    assert at(where, view=view, boundaries=boundaries) == [expected]


def test_many_places_in_no_area_are_what_each_is_alone():
    boundaries = world((HERE, square(0, 0)), (BESIDE, square(2, 0)), (district(), square(0, -1)))
    points = [(500, -40), (500, 500), (1500, 500), (2500, -40), (500, -500), (1040, 500)]
    assert at(*points, boundaries=boundaries) == [locate_one(*point, boundaries, VIEW) for point in points]


@pytest.mark.parametrize(
    ("area", "state"), [(THERE, "parish"), (unparished(5, SERVED), "unparished"), (None, "uncertain")]
)
def test_what_lies_in_a_served_council_is_seen_by_it_as_its_own(area, state):
    place = Place(PlaceState.OUTSIDE_SERVED, area, SERVED, "Saltby", (hit(BESIDE, 3),), 7.0, "v")
    assert seen_from_home(place) == replace(place, state=PlaceState(state))


@given(coordinates)
@settings(max_examples=300, deadline=None)
def test_containment_is_what_shapely_says_polygon_by_polygon(xy):
    expected = {i for i, polygon in enumerate(BOUNDARIES.polygons) if polygon.intersects(shapely.Point(xy))}
    _, found = BOUNDARIES.covering(np.array([xy]))
    assert set(found.tolist()) == expected
    parishes = {i for i in expected if BOUNDARIES.areas[i].kind is not AreaKind.DISTRICT}
    assert set(BOUNDARIES.covering_index(*xy)) == parishes


@given(coordinates)
@settings(max_examples=300, deadline=None)
def test_a_distance_is_a_number_or_none(xy):
    place = at(xy)[0]
    assert place.distance_m is None or np.isfinite(place.distance_m)
    assert all(np.isfinite(each.distance_m) for each in place.candidates)


@given(st.lists(coordinates, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_many_at_once_are_what_each_is_alone(points):
    alone = [locate_one(x, y, BOUNDARIES, VIEW) for x, y in points]
    assert at(*points) == alone
    assert list(locate_all(np.array(points), BOUNDARIES, VIEW)) == alone


@pytest.mark.parametrize("row", [row for row in oracle() if row["point"]], ids=lambda row: row["case"])
def test_each_point_of_the_oracle_alone_and_in_bulk_is_what_it_is_among_many(row):
    where = float(row["easting"]), float(row["northing"])
    (place,) = at(where)
    assert locate_one(*where, BOUNDARIES, VIEW) == place
    places = locate_all(np.array([where]), BOUNDARIES, VIEW)
    assert (len(places), places[0]) == (1, place)
    assert places.codes() == [place.area.code if place.area else None]


def test_without_boundaries_bulk_and_scalar_say_so_too():
    nothing = Boundaries(None, ())
    assert locate_one(1, 1, nothing, VIEW).state is PlaceState.NO_DATA
    assert [place.state for place in locate_all(np.array([[1.0, 1.0]]), nothing, VIEW)] == [PlaceState.NO_DATA]
    assert len(locate_all(np.empty((0, 2)), BOUNDARIES, VIEW)) == 0


@given(coordinates, st.floats(0, 200), st.floats(0, 200))
@settings(max_examples=200, deadline=None)
def test_a_wider_tolerance_never_makes_a_place_certain(xy, one, two):
    narrow, wide = sorted((one, two))
    strict = at(xy, view=View(HOME, VIEW.served, narrow))[0]
    loose = at(xy, view=View(HOME, VIEW.served, wide))[0]
    if strict.state is PlaceState.UNCERTAIN and narrow >= 50:
        assert loose.state is PlaceState.UNCERTAIN
    if loose.state in {PlaceState.PARISH, PlaceState.UNPARISHED}:
        assert (strict.state, strict.area) == (loose.state, loose.area)


HOME_AREAS = [i for i, a in enumerate(BOUNDARIES.areas) if a.district == HOME and a.kind is not AreaKind.DISTRICT]
PARISHES = [i for i, a in enumerate(BOUNDARIES.areas) if a.kind is not AreaKind.DISTRICT]


@given(st.sampled_from(HOME_AREAS), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_on_an_outline_that_a_neighbour_shares_the_place_is_uncertain(number, share):
    on = shapely.line_interpolate_point(BOUNDARIES.outlines[number], share, normalized=True)
    shared = [i for i in PARISHES if i != number and BOUNDARIES.polygons[i].distance(on) < 24]
    if shared:
        place = at((on.x, on.y))[0]
        assert place.state is PlaceState.UNCERTAIN
        codes = {each.area.code for each in place.candidates}
        assert {BOUNDARIES.areas[i].code for i in [number, *shared]} <= codes
