"""Laws of the look-up, over worlds that hypothesis draws: parishes of several parts, with holes, meeting at corners.

A world is a board of square cells, a kilometre wide, each of one parish or of none. So who touches a point is counted
from the board, without any geometry.
"""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.place import Boundaries, View, locate, locate_all, locate_one
from routing.vocabulary import PlaceState
from tests.place.squares import HOME, district, parish, square, world
from tests.present import present

pytestmark = pytest.mark.thorough

SIDE = 4
NOBODY = 0
boards = st.lists(st.lists(st.integers(NOBODY, 4), min_size=SIDE, max_size=SIDE), min_size=SIDE, max_size=SIDE).filter(
    lambda board: any(map(any, board))
)
halves = st.tuples(st.integers(-1, 2 * SIDE + 1), st.integers(-1, 2 * SIDE + 1))
"""Places in half cells: odd numbers are the middle of a cell, even ones an edge, two even ones a corner."""


def view(tolerance_m: float) -> View:
    return View(HOME, frozenset({HOME}), tolerance_m)


def world_of(board) -> Boundaries:
    cells = {(x, y): owner for y, row in enumerate(board) for x, owner in enumerate(row) if owner != NOBODY}
    owners = sorted(set(cells.values()))
    return world(
        *(
            (parish(owner), shapely.union_all([square(x, y) for (x, y), each in cells.items() if each == owner]))
            for owner in owners
        )
    )


def touching(board, half_x: int, half_y: int) -> set[str]:
    """The parishes whose cells a place touches."""
    columns = {half_x // 2} if half_x % 2 else {half_x // 2 - 1, half_x // 2}
    rows = {half_y // 2} if half_y % 2 else {half_y // 2 - 1, half_y // 2}
    owners = {board[y][x] for x in columns for y in rows if 0 <= x < SIDE and 0 <= y < SIDE}
    return {parish(owner).code for owner in owners - {NOBODY}}


def codes(place) -> set[str]:
    return {each.area.code for each in place.candidates} or ({place.area.code} if place.area else set())


@given(boards, halves)
@settings(max_examples=400, deadline=None)
def test_a_point_is_in_just_the_parishes_whose_cells_it_touches(board, at):
    expected = touching(board, *at)
    place = locate_one(at[0] * 500, at[1] * 500, world_of(board), view(0))
    assert codes(place) == expected
    is_certain = {0: PlaceState.OFF_MAP, 1: PlaceState.PARISH}
    assert place.state is is_certain.get(len(expected), PlaceState.UNCERTAIN)


@given(boards, halves)
@settings(max_examples=200, deadline=None)
def test_on_a_boundary_the_distance_is_nought_and_in_the_middle_of_a_cell_at_least_half_of_it(board, at):
    place = locate_one(at[0] * 500, at[1] * 500, world_of(board), view(0))
    if len(codes(place)) > 1:
        assert {each.distance_m for each in place.candidates} == {0.0}
    if place.area is not None and at[0] % 2 and at[1] % 2:
        assert present(place.distance_m) >= 500


@given(boards, halves, st.floats(0, 490))
@settings(max_examples=200, deadline=None)
def test_in_the_middle_of_a_cell_no_tolerance_below_half_of_it_makes_a_doubt(board, at, tolerance_m):
    middle = at[0] // 2 * 2 + 1, at[1] // 2 * 2 + 1
    place = locate_one(middle[0] * 500, middle[1] * 500, world_of(board), view(tolerance_m))
    assert codes(place) == touching(board, *middle)
    assert place.state is not PlaceState.UNCERTAIN


@given(boards, halves, st.floats(0, 3_000), st.floats(0, 3_000))
@settings(max_examples=200, deadline=None)
def test_a_wider_tolerance_only_adds_candidates(board, at, one, two):
    held, (narrow, wide) = world_of(board), sorted((one, two))
    strict, loose = (locate_one(at[0] * 500, at[1] * 500, held, view(each)) for each in (narrow, wide))
    assert codes(strict) <= codes(loose)
    if strict.state is PlaceState.UNCERTAIN:
        assert loose.state is PlaceState.UNCERTAIN


@given(boards, st.lists(halves, min_size=1, max_size=30), st.floats(0, 1_500))
@settings(max_examples=150, deadline=None)
def test_bulk_is_scalar(board, places, tolerance_m):
    held, points = world_of(board), [(x * 500.0, y * 500.0) for x, y in places]
    alone = [locate_one(x, y, held, view(tolerance_m)) for x, y in points]
    assert list(locate_all(np.array(points), held, view(tolerance_m))) == alone


DISTRICTS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(-2, SIDE), st.integers(-2, SIDE), st.integers(1, SIDE + 2)),
    min_size=1, max_size=3, unique_by=lambda each: each[0],
)  # fmt: skip
"""Squares of districts: number, corner and width in cells; they may overlap, and leave parishes out."""


@given(boards, DISTRICTS, st.lists(halves, min_size=1, max_size=30), st.sets(st.integers(1, 3)), st.floats(0, 1_500))
@settings(max_examples=200, deadline=None)
def test_bulk_is_scalar_and_many_are_one_where_districts_overlap_or_are_missing(
    board, around, places, served, tolerance_m
):
    inner = [
        (replace(area, district=gss(1 + number % 3)), shape)
        for number, (area, shape) in enumerate(zip(*parishes_of(world_of(board)), strict=True))
    ]
    outer = [(district(gss(number)), square(x, y, width)) for number, x, y, width in around]
    held, points = world(*inner, *outer), np.array([(x * 500.0, y * 500.0) for x, y in places])
    seen = View(gss(1), frozenset({gss(1), *map(gss, served)}), tolerance_m)
    alone = [locate_one(x, y, held, seen) for x, y in points.tolist()]
    assert locate(points, held, seen) == alone
    assert list(locate_all(points, held, seen)) == alone


def gss(number: int) -> str:
    return f"E0799900{number}"


def parishes_of(held: Boundaries):
    return held.areas, held.polygons
