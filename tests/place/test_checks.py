"""What the checks see, what changed, and what follows a retired code: on worlds of squares."""

import pytest
import shapely

from routing.errors import BoundaryError
from routing.place.build import Level, check, compare, draw, successions, worst
from routing.words import ChangeKind
from tests.place.squares import OTHER, district, parish, row, square, unparished, world

HUNDRED = row(100)
GOOD = [(parish(1), square(0, 0)), (unparished(1), square(1, 0)), (district(), shapely.box(0, 0, 2000, 1000))]


def seen(before, after, **how):
    comparison = compare(world(*before, vintage="old"), world(*after, vintage="new")) if before else None
    return {finding.check: finding for finding in check(world(*after), comparison, **how)}


def test_a_good_vintage_passes_every_check():
    found = seen(GOOD, GOOD)
    assert {finding.level for finding in found.values()} == {Level.PASSED}
    assert worst(list(found.values())) is Level.PASSED
    assert set(found) == {
        "geometry", "repaired", "overlaps", "gaps", "unparished", "count-change", "area-change", "districts-missing",
        "codes-new", "codes-retired", "codes-renamed", "codes-moved",
    }  # fmt: skip


BY_ITSELF = {
    "no parish": ([(district(), square(0, 0))], "geometry", Level.FAILED, 0),
    "a shape that crosses itself": (
        [(parish(1), shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]))], "geometry", Level.FAILED, 1,
    ),
    "two areas that overlap": ([(parish(1), square(0, 0)), (parish(2), square(0.9, 0))], "overlaps", Level.WAITS, 1),
    "two areas that share a sliver": (
        [(parish(1), square(0, 0)), (parish(2), square(0.999, 0))], "overlaps", Level.PASSED, 1000,
    ),
    "a hole in a district": (
        [(parish(1), square(0, 0)), (district(), shapely.box(0, 0, 2000, 1000))], "gaps", Level.WAITS, 1,
    ),
    "a neighbour that is there for its name only": (
        [(parish(1), square(0, 0)), (district(), square(0, 0)), (district(OTHER), square(5, 5))],
        "gaps", Level.PASSED, 0,
    ),
    "no districts": ([(parish(1), square(0, 0))], "gaps", Level.NOTED, 0),
    "no unparished area": ([(parish(1), square(0, 0))], "unparished", Level.NOTED, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_ITSELF)
def test_a_vintage_is_judged_by_itself(name):
    areas, what, level, figure = BY_ITSELF[name]
    found = seen(None, areas)[what]
    assert (found.level, found.figure) == (level, figure)


def test_repaired_shapes_are_noted_by_code():
    found = seen(None, GOOD, repaired=["E04999001"])["repaired"]
    assert (found.level, found.codes) == (Level.NOTED, ("E04999001",))


RENAMED = [(parish(1, "Elsewhere"), square(0, 0)), *HUNDRED[1:]]
WIDER = [(parish(1), square(0, -0.5)), *HUNDRED[1:]]
AGAINST = {
    "three of a hundred gone": (HUNDRED, HUNDRED[:97], "count-change", Level.WAITS, 0.03),
    "two of a hundred gone": (HUNDRED, HUNDRED[:98], "count-change", Level.PASSED, 0.02),
    "97 of a hundred gone": (HUNDRED, HUNDRED[:3], "count-change", Level.WAITS, 0.97),
    "a district's area grown": (GOOD, [(parish(1), square(0, 0, 1.1)), *GOOD[1:]], "area-change", Level.WAITS, 1),
    "a district gone": (
        [*HUNDRED, (parish(500, district=OTHER), square(0, 5))], HUNDRED, "districts-missing", Level.WAITS, 1,
    ),
    "one code retired": (HUNDRED, HUNDRED[1:], "codes-retired", Level.NOTED, 1),
    "three codes retired": (HUNDRED, HUNDRED[3:], "codes-retired", Level.WAITS, 3),
    "one code new": (HUNDRED, row(101), "codes-new", Level.NOTED, 1),
    "one renamed": (HUNDRED, RENAMED, "codes-renamed", Level.NOTED, 1),
    "one moved": (HUNDRED, WIDER, "codes-moved", Level.NOTED, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", AGAINST)
def test_a_vintage_is_judged_by_what_it_changes(name):
    before, after, what, level, figure = AGAINST[name]
    found = seen(before, after)[what]
    assert (found.level, found.figure) == (level, figure), found


def test_a_change_below_a_hundredth_of_the_area_is_no_move():
    nudged = [(parish(1), square(0.004, 0)), *HUNDRED[1:]]
    assert compare(world(*HUNDRED), world(*nudged)).changes == ()


def test_a_comparison_names_each_change_once_and_counts_what_stayed():
    found = compare(world(*HUNDRED), world(*RENAMED[:99], (parish(500), square(99, 0))))
    assert [(change.kind, change.area.code, change.before) for change in found.changes] == [
        (ChangeKind.RETIRED, "E04999100", None),
        (ChangeKind.NEW, "E04999500", None),
        (ChangeKind.RENAMED, "E04999001", "Parish 1"),
    ]
    assert (found.count_before, found.kept) == (100, 98)


def follow(before, after, mapped=None):
    old, new = world(*before), world(*after)
    return successions(old, new, compare(old, new), mapped or {})


OLD = [(parish(1), square(0, 0, 2))]
LINEAGE = {
    "recoded": ([(parish(11), square(0, 0, 2))], {}, ["E04999011"], "E04999011"),
    "recoded and drawn anew": ([(parish(11), square(0, 0, 1.98))], {}, ["E04999011"], "E04999011"),
    "merged into a neighbour": ([(parish(11), square(0, 0, 5))], {}, ["E04999011"], "E04999011"),
    "split in two": (
        [(parish(11), shapely.box(0, 0, 500, 2000)), (parish(12), shapely.box(500, 0, 2000, 2000))],
        {}, ["E04999012", "E04999011"], None,
    ),
    "gone": ([(parish(11), square(50, 50))], {}, [], None),
    "mapped against the overlap": (
        [(parish(11), square(0, 0, 2)), (parish(12), square(50, 50))],
        {"E04999001": [("E04999012", "order 2025")]}, ["E04999012"], "E04999012",
    ),
    "mapped to two": (
        [(parish(11), square(0, 0, 2)), (parish(12), square(50, 50))],
        {"E04999001": [("E04999011", "name"), ("E04999012", "name")]}, ["E04999011", "E04999012"], None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LINEAGE)
def test_a_retired_code_is_followed_by_mapping_or_by_overlap_or_by_a_person(name):
    after, mapped, successors, sole = LINEAGE[name]
    (found,) = follow(OLD, after, mapped)
    assert [each.area.code for each in found.successors] == successors
    assert (found.sole.code if found.sole else None) == sole


def test_a_mapping_to_a_code_that_is_not_there_is_refused():
    with pytest.raises(BoundaryError, match=r"^lineage: .*E04999099"):
        follow(OLD, [(parish(11), square(0, 0, 2))], {"E04999001": [("E04999099", "x")]})


@pytest.mark.thorough
def test_the_picture_is_a_png_of_1200_pixels():
    old, new = world(*HUNDRED[:9]), world(*WIDER[:8], (parish(500), square(9, 0)))
    picture = draw(old, new, compare(old, new))
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 1200
