import struct
import threading

import pytest
import shapely

from routing.errors import BoundaryError, UnknownError
from routing.place import Area, CurrentBoundaries, activate, active_vintage, load_vintage, read_boundaries
from routing.vocabulary import AreaKind
from tests.conftest import until


@pytest.fixture
def other(database):
    """A second vintage: the first one's areas under other names."""
    with database.transaction() as tx:
        held = read_boundaries(tx, active_vintage(tx))
        areas = [
            (Area(area.code, area.name + " renamed", AreaKind(area.kind), area.district), polygon.wkb)
            for area, polygon in zip(held.areas, held.polygons, strict=True)
        ]
        return held.vintage, load_vintage(tx, "other", "other.geojson", areas)


def test_the_same_boundaries_are_stored_once(database, other):
    with database.transaction() as tx:
        rows = tx.execute("SELECT code, name, kind, district, wkb FROM area WHERE vintage = %s", (other[1],)).fetchall()
        areas = [
            (Area(row["code"], row["name"], AreaKind(row["kind"]), row["district"]), bytes(row["wkb"])) for row in rows
        ]
        assert load_vintage(tx, "other", "again.geojson", areas) == other[1]
        assert tx.execute("SELECT count(*) AS n FROM vintage").fetchone()["n"] == 2


def test_exactly_one_vintage_is_active_and_rolling_back_is_the_same(database, other):
    first, second = other
    for vintage in (second, first, second):
        with database.transaction() as tx:
            activate(tx, vintage)
            assert active_vintage(tx) == vintage
            assert tx.execute("SELECT count(*) AS n FROM vintage WHERE state = 'active'").fetchone()["n"] == 1


def test_a_vintage_that_is_not_there_cannot_be_activated(database):
    with pytest.raises(UnknownError), database.transaction() as tx:
        activate(tx, "nowhere-00000000")
    with database.transaction() as tx:
        assert active_vintage(tx) is not None


SQUARE = shapely.box(0, 0, 10, 10).wkb
BOWTIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]).wkb
PARISH = Area("E04999001", "Poison", AreaKind.PARISH, "E07999001")
DISTRICT = Area("E07999001", "Poisoned", AreaKind.DISTRICT, "E07999001")
POISONED = {
    "bytes that are no shape": ([(PARISH, b"poison")], "cannot be read"),
    "a polygon that crosses itself": ([(PARISH, BOWTIE)], "E04999001"),
    "an empty polygon": ([(PARISH, shapely.Polygon().wkb)], "poisoned-"),
    "a line": ([(PARISH, shapely.LineString([(0, 0), (1, 1)]).wkb)], "E04999001"),
    "coordinates that are no numbers": (
        [(PARISH, SQUARE.replace(struct.pack("<d", 10), struct.pack("<d", float("nan"))))],
        "poisoned-",
    ),
    "nothing but districts": ([(DISTRICT, SQUARE)], "no parish"),
    "nothing": ([], "no parish"),
}


@pytest.mark.parametrize("name", POISONED)
def test_a_poisoned_vintage_cannot_be_activated_and_the_one_before_answers_on(database, name):
    areas, says = POISONED[name]
    with database.transaction() as tx:
        before = active_vintage(tx)
        poisoned = load_vintage(tx, "poisoned", "poisoned.geojson", areas)
    with pytest.raises(BoundaryError, match=says), database.transaction() as tx:
        activate(tx, poisoned)
    with database.transaction() as tx:
        assert active_vintage(tx) == before


def test_a_process_swaps_whole_snapshots_while_vintages_change(database, other):
    current, seen, failures = CurrentBoundaries(), set(), []
    stop = threading.Event()

    def look():
        while not stop.is_set():
            with database.transaction() as tx:
                held = current.current(tx)
            renamed = {area.name.endswith("renamed") for area in held.areas}
            if len(renamed) != 1:
                failures.append(held.vintage)
            seen.add(held.vintage)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        with database.transaction() as tx:
            activate(tx, other[number % 2])
    while len(seen) < 2 and all(thread.is_alive() for thread in threads):
        with database.transaction() as tx:
            activate(tx, other[len(seen) % 2])
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert seen == set(other)


def test_whoever_waited_for_a_swap_does_not_swap_back_to_what_answered_before(database, other):
    first, second = other
    current, seen = CurrentBoundaries(), []
    with database.transaction() as tx:
        current.current(tx)
        activate(tx, second)

    def look() -> None:
        with database.transaction() as tx:
            seen.append(current.current(tx).vintage)

    with current._lock:  # as while another thread swaps
        waiting = threading.Thread(target=look)
        waiting.start()
        with database.statements() as tx:
            until(lambda: tx.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT id FROM vintage%'"
                                     " AND state = 'idle in transaction'").fetchone())  # fmt: skip
            activate(tx, first)
    waiting.join(20)
    assert seen == [first]
