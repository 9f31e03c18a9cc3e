"""A stretch of road over the parishes: shares by hand, and what holds of every line."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.errors import InputError
from routing.place import along
from tests.place.squares import OTHER, district, parish, square, world
from tests.present import present

WORLD = world(
    (parish(1), square(0, 0)), (parish(2), square(1, 0)), (district(), square(0, 0, 2)), (district(OTHER), square(2, 0))
)


def stretches(*points):
    found = along(np.array(points, dtype=float), WORLD)
    return [(each.area.code if each.area else None, round(each.length_m), round(each.share, 3)) for each in found]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(100, 500), (900, 500)], [("E04999001", 800, 1.0)]),
        ([(500, 500), (1750, 500)], [("E04999002", 750, 0.6), ("E04999001", 500, 0.4)]),
        ([(1500, 500), (3500, 500)], [("E07999002", 1000, 0.5), ("E04999002", 500, 0.25), (None, 500, 0.25)]),
        ([(1000, 100), (1000, 900)], [("E04999001", 800, 1.0), ("E04999002", 800, 1.0)]),
        ([(500, 1500), (500, 1600)], [("E07999001", 100, 1.0)]),
        ([(9000, 9000), (9100, 9000)], [(None, 100, 1.0)]),
        ([(100, 500), (900, 500), (100, 500)], [("E04999001", 800, 1.0)]),
        ([(500, 500), (1750, 500), (1250, 500)], [("E04999002", 750, 0.6), ("E04999001", 500, 0.4)]),
    ],
    ids=[
        "in one",
        "over a border",
        "out into nowhere",
        "along a border",
        "no parish known",
        "off the map",
        "out and back",
        "back a little",
    ],
)
def test_a_line_is_cut_into_areas_by_length(points, expected):
    assert stretches(*points) == expected


def test_a_road_in_pieces_is_cut_as_one_and_what_lies_between_them_does_not_count():
    pieces = [
        np.array(each, dtype=float) for each in ([(100, 500), (700, 500)], [(1300, 500), (1500, 500), (1300, 500)])
    ]
    found = along(pieces, WORLD)
    assert [(present(each.area).code, round(each.length_m), round(each.share, 3)) for each in found] == [
        ("E04999001", 600, 0.75), ("E04999002", 200, 0.25),
    ]  # fmt: skip
    with pytest.raises(InputError, match="at least two different points"):
        along([pieces[0], pieces[1][:1]], WORLD)


@pytest.mark.parametrize(
    "points", [[(1, 1)], [(1, 1), (1, 1)], [(0, 0), (300_000, 0)], [(n, 0) for n in range(10_001)]], ids=range(4)
)
def test_what_is_no_road_is_refused(points):
    with pytest.raises(InputError, match="line"):
        along(np.array(points, dtype=float), WORLD)


CENTIMETRE_M = 0.01
coordinate = st.integers(-500, 4500).map(float)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6).filter(lambda line: len(set(line)) > 1))
@example([(-500.0, 567.0), (1388.0, 1112.0)])  # 8 mm of it are in one area
@example([(1673.0, -10.0), (2693.0, 3140.0)])  # 15 cm of it are
@settings(max_examples=200, deadline=None)
def test_nothing_of_a_line_is_left_out_but_pieces_of_less_than_a_centimetre(points):
    found = along(np.array(points), WORLD)
    whole = shapely.length(shapely.union_all([shapely.LineString(points)]))
    assert sum(each.length_m for each in found) >= whole - CENTIMETRE_M * (len(WORLD.areas) + 1)
    assert all(0 <= each.share <= 1 + 1e-9 for each in found)
