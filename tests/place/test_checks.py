"""What the checks see, what changed, and what follows a retired code: on worlds of squares."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import BoundaryError
from routing.place.build import Level, check, compare, draw, successions, worst
from routing.place.build.checks import _at_most_shared, _in_common
from routing.vocabulary import ChangeKind
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
        "geometry", "names", "repaired", "overlaps", "gaps", "unparished", "count-change", "area-change", "districts-missing",
        "codes-new", "codes-retired", "codes-renamed", "codes-moved",
    }  # fmt: skip


BY_ITSELF = {
    "a name in another encoding": (
        [(parish(1, "Llang\u00c3\u00b4n"), square(0, 0)), (unparished(1), square(1, 0))], "names", Level.WAITS, 1
    ),
    "names of which a part is": (
        [(parish(1, "T\u0177 Llang\u00c3\u00b4n"), square(0, 0)), (parish(2, "Llang?n"), square(1, 0)), (parish(3, "Bell &amp; Book"), square(2, 0))],
        "names", Level.WAITS, 3,
    ),
    "a name with a hole": (
        [(parish(1, "Llang\ufffdn"), square(0, 0)), (parish(2, "Llang\u00f4n"), square(1, 0))], "names", Level.WAITS, 1
    ),
    "no parish": ([(district(), square(0, 0))], "geometry", Level.FAILED, 0),
    "a shape that crosses itself": (
        [(parish(1), shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]))], "geometry", Level.FAILED, 1,
    ),
    "two areas that overlap": ([(parish(1), square(0, 0)), (parish(2), square(0.9, 0))], "overlaps", Level.WAITS, 1),
    "two areas that share a sliver, which cannot be much": (
        [(parish(1), square(0, 0)), (parish(2), square(0.999, 0))], "overlaps", Level.PASSED, 0,
    ),
    "two areas that might share much, and do not": (
        [(parish(1), square(0, 0)), (parish(2), shapely.Polygon([(990, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 1)]))],
        "overlaps", Level.PASSED, 5,
    ),
    "an area within another": ([(parish(1), square(0, 0)), (parish(2), square(0.2, 0.2, 0.5))], "overlaps", Level.WAITS, 1),
    "the same area twice": ([(parish(1), square(0, 0)), (parish(2), square(0, 0))], "overlaps", Level.WAITS, 1),
    "an area in the hole of another": (
        [(parish(1), shapely.box(0, 0, 3000, 3000).difference(square(1, 1))), (parish(2), square(1, 1))],
        "overlaps", Level.PASSED, 0,
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


def succeeded(before, after, mapped=None):
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
    (found,) = succeeded(OLD, after, mapped)
    assert [each.area.code for each in found.successors] == successors
    assert (found.sole.code if found.sole else None) == sole


def test_a_mapping_to_a_code_that_is_not_there_is_refused():
    with pytest.raises(BoundaryError, match=r"^lineage: .*E04999099"):
        succeeded(OLD, [(parish(11), square(0, 0, 2))], {"E04999001": [("E04999099", "x")]})


@pytest.mark.thorough
def test_the_picture_is_a_png_of_1200_pixels():
    old, new = world(*HUNDRED[:9]), world(*WIDER[:8], (parish(500), square(9, 0)))
    picture = draw(old, new, compare(old, new))
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 1200


@st.composite
def patchworks(draw):
    """Areas that nearly fit together: a grid whose corners are moved for each area by itself, some of them twice."""
    side = draw(st.integers(2, 4))
    moved = st.tuples(st.integers(-400, 400), st.integers(-400, 400))
    fits = draw(st.booleans())
    shapes = []
    for east, north in itertools.product(range(side), repeat=2):
        corners = [(east, north), (east + 1, north), (east + 1, north + 1), (east, north + 1)]
        ring = []
        for x, y in corners:
            dx, dy = (0, 0) if fits and draw(st.booleans()) else draw(moved)
            ring.append((x * 1000 + dx, y * 1000 + dy))
        shapes.append(shapely.Polygon(ring))
    shapes += draw(st.lists(st.sampled_from(shapes), max_size=2))
    return [shape for shape in shapes if shape.is_valid]


@pytest.mark.thorough
@given(patchworks())
def test_what_two_areas_share_is_never_more_than_its_bound(shapes):
    """Else an overlap would go in unseen: every pair is overlaid here, by another way."""
    polygons = np.array(shapes, dtype=object)
    left, right = np.triu_indices(len(polygons), 1)
    boxes = _in_common(shapely.bounds(polygons), left, right)
    shared = np.array([polygons[a].intersection(polygons[b]).area for a, b in zip(left, right, strict=True)])
    assert (shared <= _at_most_shared(polygons, boxes) + 1e-6).all()
