"""Postcodes and names of streets and places → candidate points. Allows typing errors in names."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from routing.database import Transaction

LEAST_SIMILARITY = 0.3
"""Share of trigrams that a name must have in common with the typed text (pg_trgm's default)."""

LEAST_ALIKE = 0.25
"""Smallest similarity of a match, for name and place together."""

ALMOST = 0.6
"""Smallest similarity of a match, as a share of the best one."""

SETTLEMENTS = ("City", "Town", "Village", "Suburban Area", "Hamlet", "Other Settlement")
ROADS = ("Named Road", "Section Of Named Road", "Numbered Road", "Section Of Numbered Road")
KINDS = (*SETTLEMENTS, *ROADS)
"""Local types of OS Open Names that citizens use for places, largest first."""

POSTCODE_KIND = "Postcode"
IN_SETTLEMENT_M = 300.0
"""Margin of a settlement's box, which is drawn around its houses. Streets at its edge are a little outside."""


@dataclass(frozen=True, slots=True)
class Box:
    """The box of a named place, in metres of the National Grid."""

    west: float
    south: float
    east: float
    north: float

    @property
    def length_m(self) -> float:
        """From corner to corner, the largest distance of two points in it. A road in it may be longer."""
        return math.hypot(self.east - self.west, self.north - self.south)

    def grown(self, metres: float) -> "Box":
        """The box with a margin on each side."""
        return Box(self.west - metres, self.south - metres, self.east + metres, self.north + metres)

    def common(self, other: "Box") -> "Box | None":
        """The common part of two boxes; None if there is none."""
        west, south = max(self.west, other.west), max(self.south, other.south)
        east, north = min(self.east, other.east), min(self.north, other.north)
        return Box(west, south, east, north) if west <= east and south <= north else None

    def holds(self, easting: float, northing: float) -> bool:
        """Whether a point is in it, including its sides."""
        return self.west <= easting <= self.east and self.south <= northing <= self.north


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that a person may mean.

    Attributes:
        kind: ``Postcode``, or the local type of OS Open Names.
        locality: the village or town of a street; empty if unknown.
        similarity: 1 for exactly what was typed.
        other_name: its name in the second language (Open Names' NAME2), or empty.
        box: its box; None if unknown, and for postcodes.
    """

    name: str
    kind: str
    locality: str
    easting: float
    northing: float
    similarity: float = 1.0
    other_name: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name to load."""

    id: str
    name: str
    kind: str
    locality: str
    postcode_district: str
    easting: float
    northing: float
    other_name: str = ""
    box: Box | None = None


def first_known(tx: Transaction, postcodes: Sequence[str]) -> list[Spot]:
    """Every point of the first known postcode of a list; empty if none is known."""
    rows = tx.execute(
        "SELECT DISTINCT postcode, easting, northing FROM postcode WHERE postcode = ANY (%s)"
        " ORDER BY easting, northing",
        (list(postcodes),),
    ).fetchall()
    known = {row["postcode"] for row in rows}
    first = next((postcode for postcode in postcodes if postcode in known), "")
    return [Spot(first, POSTCODE_KIND, "", row["easting"], row["northing"]) for row in rows if row["postcode"] == first]


def every_known(tx: Transaction, written: Sequence[Sequence[str]]) -> list[Spot]:
    """The points of each known postcode in a text.

    Args:
        written: for each, the postcodes that it may mean, the most likely first.
    """
    found = [spot for readings in written for spot in first_known(tx, readings)]
    return list(dict.fromkeys(found))


REACH = """box(point(coalesce(west, easting), coalesce(south, northing)),
    point(coalesce(east, easting), coalesce(north, northing)))"""
"""The box of a name, as in the index."""

IN_BOX = "box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))"
COLUMNS = "name, kind, locality, easting, northing, other_name, west, south, east, north"
NAMES = f"""
WITH found AS MATERIALIZED (
    SELECT DISTINCT {COLUMNS}, array_position(%(kinds)s::text[], kind) AS rank,
        (easting - %(x)s) ^ 2 + (northing - %(y)s) ^ 2 AS distance,
        CASE WHEN %(near)s::text[] = '{{}}' THEN greatest(
                similarity(lower(name), %(name)s), similarity(lower(other_name), %(name)s),
                similarity(lower(name || ' ' || locality), %(name)s))
            ELSE greatest(similarity(lower(name), %(name)s), similarity(lower(other_name), %(name)s))
                * (0.5 + 0.5 * (SELECT max(similarity(lower(locality), each) * CASE number WHEN 1 THEN 1 ELSE 0.7 END)
                                FROM unnest(%(near)s::text[]) WITH ORDINALITY AS said (each, number)))
            END AS alike
    FROM place_name
    WHERE (lower(name) %% %(name)s OR (other_name <> '' AND lower(other_name) %% %(name)s))
      AND (%(districts)s::text[] = '{{}}' OR postcode_district = ANY (%(districts)s))
)
(SELECT * FROM found ORDER BY alike DESC, distance, rank, locality, name LIMIT %(most)s)
UNION
(SELECT * FROM found WHERE easting BETWEEN %(west)s AND %(east)s AND northing BETWEEN %(south)s AND %(north)s
 ORDER BY alike DESC, distance, rank, locality, name LIMIT %(most)s)
ORDER BY alike DESC, distance, rank, locality, name, easting, northing
"""  # noqa: S608


def find_names(
    tx: Transaction, name: str, near: Sequence[str], districts: Sequence[str], home: Box, most: int
) -> list[Spot]:
    """Streets and settlements by name or second name, the most similar first, then the nearest.

    Args:
        name: folded, lower case.
        near: villages and towns, one of which should be its locality, with earlier ones preferred; empty if unknown.
        districts: postcode districts that it must be in; empty for any.
        home: the council that asks; finds ``most`` names in it, and ``most`` of all.
    """
    tx.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", (str(LEAST_SIMILARITY),))
    rows = tx.execute(
        NAMES,
        {
            "name": name,
            "near": list(near),
            "districts": list(districts),
            "kinds": list(KINDS),
            "most": most,
            "x": (home.west + home.east) / 2,
            "y": (home.south + home.north) / 2,
            **asdict(home),
        },
    ).fetchall()
    least = max(LEAST_ALIKE, ALMOST * rows[0]["alike"]) if rows else 0.0
    return [_spot(row, round(row["alike"], 3)) for row in rows if row["alike"] >= least]


def knows_district(tx: Transaction, districts: Sequence[str]) -> bool:
    """Whether any name is in one of some postcode districts."""
    query = "SELECT 1 FROM place_name WHERE postcode_district = ANY (%s) LIMIT 1"
    return tx.execute(query, (list(districts),)).fetchone() is not None


def streets_in(tx: Transaction, settlement: Spot) -> list[Spot]:
    """The streets of a village or town, by name: those with it as locality, and those that begin and end in it."""
    within = (settlement.box or Box(*[settlement.easting, settlement.northing] * 2)).grown(IN_SETTLEMENT_M)
    rows = tx.execute(
        f"SELECT DISTINCT {COLUMNS} FROM place_name WHERE kind = ANY (%(kinds)s) AND {REACH} && {IN_BOX}"  # noqa: S608
        " AND easting BETWEEN %(west)s AND %(east)s AND northing BETWEEN %(south)s AND %(north)s"
        " AND (lower(locality) = lower(%(name)s) OR (locality = '' AND west >= %(west)s AND south >= %(south)s"
        "      AND east <= %(east)s AND north <= %(north)s)) ORDER BY name, easting, northing",
        {"kinds": list(ROADS), "name": settlement.name, **asdict(within)},
    ).fetchall()
    return [_spot(row, 1.0) for row in rows]


def names_within(tx: Transaction, box: Box, kinds: Sequence[str]) -> list[Spot]:
    """Names of some kinds that touch a box."""
    rows = tx.execute(
        f"SELECT DISTINCT {COLUMNS} FROM place_name WHERE kind = ANY (%(kinds)s) AND {REACH} && {IN_BOX}"  # noqa: S608
        " ORDER BY name, easting, northing",
        {"kinds": list(kinds), **asdict(box)},
    ).fetchall()
    return [_spot(row, 1.0) for row in rows]


def _spot(row: Mapping[str, Any], similarity: float) -> Spot:
    has_box = None not in (row["west"], row["south"], row["east"], row["north"])
    box = Box(row["west"], row["south"], row["east"], row["north"]) if has_box else None
    where = row["easting"], row["northing"]
    return Spot(row["name"], row["kind"], row["locality"], *where, similarity, row["other_name"], box)


def load_postcodes(tx: Transaction, source: str, points: Iterable[tuple[str, float, float]]) -> int:
    """Replace the postcodes of a source; returns the number of points."""
    tx.execute("DELETE FROM postcode WHERE source = %s", (source,))
    tx.execute("CREATE TEMPORARY TABLE incoming (postcode text, easting float8, northing float8) ON COMMIT DROP")
    with tx.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
        for point in points:
            copy.write_row(point)
    count = tx.execute(
        "INSERT INTO postcode SELECT DISTINCT postcode, easting, northing, %s FROM incoming", (source,)
    ).rowcount
    tx.execute("DROP TABLE incoming")
    return count


def load_names(tx: Transaction, source: str, names: Iterable[PlaceName]) -> int:
    """Replace the streets and places of a source; returns the number of names."""
    tx.execute("DELETE FROM place_name WHERE source = %s", (source,))
    tx.execute("CREATE TEMPORARY TABLE incoming (LIKE place_name) ON COMMIT DROP")
    columns = (
        "id, name, kind, locality, postcode_district, easting, northing, other_name, west, south, east, north, source"
    )
    with tx.cursor() as cursor, cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
        for each in names:
            where = (each.postcode_district, each.easting, each.northing)
            box = astuple(each.box) if each.box is not None else (None, None, None, None)
            copy.write_row((each.id, each.name, each.kind, each.locality, *where, each.other_name, *box, source))
    count = tx.execute(
        f"INSERT INTO place_name ({columns}) SELECT DISTINCT ON (id) {columns} FROM incoming ORDER BY id"  # noqa: S608
    ).rowcount
    tx.execute("DROP TABLE incoming")
    return count


@dataclass(frozen=True, slots=True)
class KnownSource:
    """The numbers of one source."""

    source: str
    postcodes: int
    names: int


def list_sources(tx: Transaction) -> list[KnownSource]:
    """The numbers of each source, by name."""
    rows = tx.execute(
        "SELECT source, sum(postcodes)::int AS postcodes, sum(names)::int AS names FROM ("
        "SELECT source, count(*) AS postcodes, 0 AS names FROM postcode GROUP BY source UNION ALL"
        " SELECT source, 0, count(*) FROM place_name GROUP BY source) AS each GROUP BY source ORDER BY source"
    ).fetchall()
    return [KnownSource(**row) for row in rows]


def forget_source(tx: Transaction, source: str) -> int:
    """Delete everything from a source; returns the number of rows."""
    return sum(
        tx.execute(statement, (source,)).rowcount
        for statement in ("DELETE FROM postcode WHERE source = %s", "DELETE FROM place_name WHERE source = %s")
    )
