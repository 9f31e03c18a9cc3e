"""Postcodes and names of streets and places → candidate points; typing errors in names are forgiven."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from routing.database import Transaction
from routing.errors import InputError

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
"""Outward and inward code, as Royal Mail writes them; upper case, at most one space."""

LEAST_SIMILARITY = 0.3
"""Trigrams that a name must share with what was typed (pg_trgm's own default)."""

ALMOST = 0.6
"""What is less like than this share of the most alike was not meant."""

SETTLEMENTS = ("City", "Town", "Village", "Suburban Area", "Hamlet", "Other Settlement")
ROADS = ("Named Road", "Section Of Named Road", "Numbered Road", "Section Of Numbered Road")
KINDS = (*SETTLEMENTS, *ROADS)
"""Local types of OS Open Names that citizens mean when they say where; the larger first."""

MOST_SPOTS = 10


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that may be meant.

    Attributes:
        kind: ``Postcode``, or the local type of OS Open Names.
        locality: the village or town in which a street is; empty where the source does not say.
        similarity: 1 where it is just what was typed.
    """

    name: str
    kind: str
    locality: str
    easting: float
    northing: float
    similarity: float = 1.0


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name as it is loaded."""

    id: str
    name: str
    kind: str
    locality: str
    postcode_district: str
    easting: float
    northing: float


def read_postcode(text: str) -> str:
    """Bring a postcode as typed (``rg141aa``) into the form that is stored (``RG14 1AA``).

    Raises:
        InputError: it is none.
    """
    found = POSTCODE.fullmatch(re.sub(r"\s+", "", text).upper())
    if found is None:
        raise InputError("postcode", f"{text.strip()[:20]!r} is no whole postcode. It looks like RG14 1AA.")
    return f"{found[1]} {found[2]}"


def looks_like_postcode(text: str) -> bool:
    """Whether a text has the form of a whole postcode, however it is spaced."""
    return POSTCODE.fullmatch(re.sub(r"\s+", "", text).upper()) is not None


def find_postcode(tx: Transaction, text: str) -> list[Spot]:
    """Every known point of a postcode; none where it is not known.

    Raises:
        InputError: it is no postcode.
    """
    postcode = read_postcode(text)
    rows = tx.execute(
        "SELECT DISTINCT easting, northing FROM postcode WHERE postcode = %s ORDER BY easting, northing", (postcode,)
    ).fetchall()
    return [Spot(postcode, "Postcode", "", row["easting"], row["northing"]) for row in rows]


FIND = """
SELECT DISTINCT name, kind, locality, easting, northing, array_position(%(kinds)s::text[], kind) AS rank,
       CASE WHEN %(locality)s = ''
           THEN greatest(similarity(lower(name), %(name)s), similarity(lower(name || ' ' || locality), %(name)s))
           ELSE similarity(lower(name), %(name)s) * (0.5 + 0.5 * similarity(lower(locality), %(locality)s)) END AS alike
FROM place_name WHERE lower(name) %% %(name)s
ORDER BY alike DESC, rank, locality, name, easting, northing LIMIT %(most)s
"""


def find_places(tx: Transaction, text: str, most: int = MOST_SPOTS) -> list[Spot]:
    """Streets and places by name, the most alike first.

    Args:
        text: a name, or a name and where it is: ``high street, kintbury``, or without the comma.

    Raises:
        InputError: there is nothing in it to search for.
    """
    name, _, locality = (" ".join(text.lower().split())).partition(",")
    name, locality = name.strip()[:100], locality.strip()[:100]
    if len(re.sub(r"\W", "", name)) < 2:
        raise InputError("place", "Write the name of a street or place, such as High Street, Kintbury.")
    tx.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", (str(LEAST_SIMILARITY),))
    rows = tx.execute(FIND, {"name": name, "locality": locality, "kinds": list(KINDS), "most": most}).fetchall()
    return [
        Spot(row["name"], row["kind"], row["locality"], row["easting"], row["northing"], round(row["alike"], 3))
        for row in rows
        if row["alike"] >= ALMOST * rows[0]["alike"]
    ]


def load_postcodes(tx: Transaction, source: str, points: Iterable[tuple[str, float, float]]) -> int:
    """Replace what a source says of postcodes; returns how many points there are of it."""
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
    """Replace what a source says of streets and places; returns how many names there are of it."""
    tx.execute("DELETE FROM place_name WHERE source = %s", (source,))
    tx.execute("CREATE TEMPORARY TABLE incoming (LIKE place_name) ON COMMIT DROP")
    columns = "id, name, kind, locality, postcode_district, easting, northing, source"
    with tx.cursor() as cursor, cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
        for each in names:
            copy.write_row(
                (
                    each.id,
                    each.name,
                    each.kind,
                    each.locality,
                    each.postcode_district,
                    each.easting,
                    each.northing,
                    source,
                )
            )
    count = tx.execute(
        f"INSERT INTO place_name ({columns}) SELECT DISTINCT ON (id) {columns} FROM incoming ORDER BY id"  # noqa: S608
    ).rowcount
    tx.execute("DROP TABLE incoming")
    return count


@dataclass(frozen=True, slots=True)
class KnownSource:
    """How much is known from one source."""

    source: str
    postcodes: int
    names: int


def list_sources(tx: Transaction) -> list[KnownSource]:
    """What is known from which source, by name."""
    rows = tx.execute(
        "SELECT source, sum(postcodes)::int AS postcodes, sum(names)::int AS names FROM ("
        "SELECT source, count(*) AS postcodes, 0 AS names FROM postcode GROUP BY source UNION ALL"
        " SELECT source, 0, count(*) FROM place_name GROUP BY source) AS each GROUP BY source ORDER BY source"
    ).fetchall()
    return [KnownSource(**row) for row in rows]


def forget_source(tx: Transaction, source: str) -> int:
    """Take away what a source says; returns how many rows there were."""
    return sum(
        tx.execute(statement, (source,)).rowcount
        for statement in ("DELETE FROM postcode WHERE source = %s", "DELETE FROM place_name WHERE source = %s")
    )
