"""Draw the embedded district: fictional parishes, their neighbours, a gazetteer, clerks and the demo's points.

Everything is drawn from construction: cells of a brick pattern (so that three meet at every corner) whose edges are
bent once and shared by both sides. Which cell a point lies in is known because it was put there, so the demo's oracle
needs no look-up. The same run gives the same bytes: the only randomness is ``random.Random`` with fixed seeds.

The district lies in the North Sea, 100 km from land, where no parish is; codes 999xxx are not in use; postcodes of area
ZZ do not exist. Run it from the root of the checkout: ``python data/boundaries/make_district.py``.
"""

import csv
import itertools
import json
import math
import random
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent

Point = tuple[float, float]
Node = tuple[int, int]

ORIGIN: Point = (556_000.0, 436_000.0)
HALF_M = 2_000.0
ROW_M = 3_600.0
ROWS = 8
COLUMNS = 10
JITTER_M = 420.0
BENDS = 5

HOME, SERVED, OTHER = "E07999001", "E07999002", "E07999003"
DISTRICTS = {HOME: "Merewold", SERVED: "Saltby", OTHER: "Farholme"}
COUNCILS = {HOME: "merewold", SERVED: "saltby"}

UNPARISHED = {(3, 4): "Merewold Town, unparished area", (6, 5): "Quayside, unparished area"}
NO_DATA = (7, 7)
SECOND_PART_OF = {(5, 6): (2, 3)}
NESTED_IN = (4, 3)
SAME_NAME = ((1, 2), (6, 7))
TRUNK_ROAD = "A1990"
BOUNDARY_ROAD = ((3, 2), (3, 3))
NO_EMAIL, VACANT, JOINT, TWO_ADDRESSES = (2, 5), (4, 6), ((0, 3), (0, 4)), (5, 2)

NAMES = """
Aldershaw Barrowby Beckwith Birkfleet Blaxham Brackenby Branthorpe Carlsey Claythwaite Cold+Ings Corringby
Cranmere Danesby Dunswick Eastrea Ellerfleet Fenwick+St+John Flaxholme Gadsey Garthorpe Great+Meering
Little+Meering Hagworth Harrowfleet Hesselby Holmsea Ingleby+Moor Kelsea Kirk+Ansby Langmarsh Lowthwaite
Marram+Bay Melsey Mickleby Nunsea Ormsfleet Owstby Pellthorpe Ravensey Rimsby Sandholm Scarfleet Selwick Skelsea
Sutterby Tansey Thornmere Ulsby Upper+Wold Wainsey Wassby Westrea Whinfleet Withernby Wolsey+Carr Wragmere
Yarlsby Yokefleet
""".split()  # noqa: SIM905  # as a list it would be sixty lines


@dataclass(frozen=True)
class Area:
    code: str
    name: str
    district: str
    cells: tuple[Node, ...]


def jittered(node: Node) -> Point:
    """A corner of the pattern, moved a little; corners on the outline of the map too."""
    draw = random.Random(f"node {node}")
    return (
        round(ORIGIN[0] + node[0] * HALF_M + draw.uniform(-JITTER_M, JITTER_M), 1),
        round(ORIGIN[1] + node[1] * ROW_M + draw.uniform(-JITTER_M, JITTER_M), 1),
    )


def bent(a: Node, b: Node) -> list[Point]:
    """The edge between two corners: midpoints pushed aside, five times; the same from either end, reversed."""
    if a > b:
        return bent(b, a)[::-1]
    draw = random.Random(f"edge {a} {b}")
    line = [jittered(a), jittered(b)]
    for _ in range(BENDS):
        finer = [line[0]]
        for (x1, y1), (x2, y2) in itertools.pairwise(line):
            push = draw.uniform(-0.13, 0.13)
            finer += [
                (round((x1 + x2) / 2 - (y2 - y1) * push, 1), round((y1 + y2) / 2 + (x2 - x1) * push, 1)),
                (x2, y2),
            ]
        line = finer
    return line


def corners(cell: Node) -> list[Node]:
    """The six corners of a cell, anticlockwise; odd rows are shifted by half a cell."""
    row, column = cell
    left = 2 * column + row % 2
    return [(left, row), (left + 1, row), (left + 2, row), (left + 2, row + 1), (left + 1, row + 1), (left, row + 1)]


def ring(cell: Node) -> list[Point]:
    """The closed outline of a cell."""
    nodes = corners(cell)
    points: list[Point] = []
    for a, b in zip(nodes, nodes[1:] + nodes[:1], strict=True):
        points += bent(a, b)[:-1]
    return [*points, points[0]]


def middle(cell: Node) -> Point:
    """A point well inside a cell: more than a kilometre from its edges."""
    points = [jittered(node) for node in corners(cell)]
    # One addition after another: from Python 3.12 on, sum() makes up for what they lose, and the files would differ.
    return round(reduce(add, (x for x, _ in points)) / 6, 1), round(reduce(add, (y for _, y in points)) / 6, 1)


def nested_ring() -> list[Point]:
    """The outline of the parish that lies inside another."""
    x, y = middle(NESTED_IN)
    draw = random.Random("nested")
    turns = [(math.tau * step / 40, draw.uniform(480, 620)) for step in range(40)]
    points = [(round(x + math.cos(turn) * radius, 1), round(y + math.sin(turn) * radius, 1)) for turn, radius in turns]
    return [*points, points[0]]


def district_of(cell: Node) -> str:
    return SERVED if cell[1] < 2 else OTHER if cell[1] >= COLUMNS - 2 else HOME


def make_areas() -> list[Area]:
    """Parishes and unparished areas of the two councils that are served; the third is known as a district only."""
    names = iter(name.replace("+", " ") for name in NAMES)
    parishes: list[Area] = []
    unparished: list[Area] = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = (row, column)
            district = district_of(cell)
            if district == OTHER or cell == NO_DATA or cell in SECOND_PART_OF:
                continue
            if cell in UNPARISHED:
                unparished.append(Area(f"E43999{len(unparished) + 1:03d}", UNPARISHED[cell], district, (cell,)))
                continue
            parts = (cell, *(part for part, of in SECOND_PART_OF.items() if of == cell))
            name = "Netherby" if cell in SAME_NAME else next(names)
            parishes.append(Area(f"E04999{len(parishes) + 1:03d}", name, district, parts))
    parishes.append(Area(f"E04999{len(parishes) + 1:03d}", "Innholm", HOME, ()))
    return [*parishes, *unparished]


def geometry(area: Area) -> dict[str, object]:
    if not area.cells:
        return {"type": "Polygon", "coordinates": [nested_ring()]}
    polygons = [[ring(cell)] + ([nested_ring()[::-1]] if cell == NESTED_IN else []) for cell in area.cells]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def district_outline(code: str) -> dict[str, object]:
    """The outline of all cells of a district: the edges that only one of them has, joined end to end."""
    edges: dict[tuple[Node, Node], int] = {}
    directed: dict[Node, Node] = {}
    cells = [(r, c) for r in range(ROWS) for c in range(COLUMNS) if district_of((r, c)) == code]
    for cell in cells:
        nodes = corners(cell)
        for a, b in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            edges[min(a, b), max(a, b)] = edges.get((min(a, b), max(a, b)), 0) + 1
    for cell in cells:
        nodes = corners(cell)
        for a, b in zip(nodes, nodes[1:] + nodes[:1], strict=True):
            directed |= {a: b} if edges[min(a, b), max(a, b)] == 1 else {}
    start = min(directed)
    points: list[Point] = []
    node = start
    while True:
        points += bent(node, directed[node])[:-1]
        node = directed[node]
        if node == start:
            return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def write_collection(path: Path, features: list[dict[str, object]]) -> None:
    """GeoJSON as the ONS serves it with outSR=27700: metres with one decimal and the CRS named."""
    crs = {"type": "name", "properties": {"name": "EPSG:27700"}}
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    head = json.dumps({"type": "FeatureCollection", "crs": crs})[:-1]
    path.write_text(f'{head}, "features": [\n{lines}\n]}}\n', encoding="utf-8")


def write_boundaries(areas: list[Area]) -> None:
    parishes = [
        {
            "type": "Feature",
            "id": number,
            "geometry": geometry(area),
            "properties": {
                "FID": number, "PARNCP25CD": area.code, "PARNCP25NM": area.name, "PARNCP25NW": " ",
                "LAD25CD": area.district,
            },
        }
        for number, area in enumerate(areas, start=1)
    ]  # fmt: skip
    write_collection(HERE / "parishes.geojson", parishes)
    districts = [
        {
            "type": "Feature",
            "id": number,
            "geometry": district_outline(code),
            "properties": {"FID": number, "LAD25CD": code, "LAD25NM": name},
        }
        for number, (code, name) in enumerate(DISTRICTS.items(), start=1)
    ]
    write_collection(HERE / "districts.geojson", districts)


def write_postcodes(areas: list[Area]) -> None:
    """Code-Point Open's ten columns; a postcode that stands on several lines lies across a border."""
    rows: list[list[object]] = []
    for number, area in enumerate(area for area in areas if area.cells):
        draw = random.Random(f"postcodes {area.code}")
        x, y = middle(area.cells[0])
        outward, admin = f"ZZ{number // 9 + 1}", ["E92000001", "", "", "", area.district, ""]
        for unit in range(6):
            turn, far = draw.uniform(0, math.tau), draw.uniform(700, 1000)
            code = f"{outward} {number % 9 + 1}{'ABDEFG'[unit]}{'HJLNPQ'[unit]}"
            rows.append([code, 10, round(x + math.cos(turn) * far), round(y + math.sin(turn) * far), *admin])
    for number, (a, b) in enumerate((((2, 2), (2, 3)), ((3, 3), (3, 2)), ((4, 5), (4, 4)), ((5, 4), (5, 5)))):
        for cell in (a, b):
            x, y = middle(cell)
            away = 700 if cell == a else -700
            admin = ["E92000001", "", "", "", HOME, ""]
            rows.append([f"ZZ20 {number + 1}XY", 10, round(x), round(y + away), *admin])
    with (HERE / "codepoint_open_zz.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def open_name(
    number: int, name: str, kind: tuple[str, str], at: Point, box: list[Point], district: str, outward: str
) -> list[str]:
    """One row in the 34 columns of OS Open Names."""
    row = [""] * 34
    row[0], row[2] = f"osgb999{number:013d}", name
    row[6], row[7] = kind
    row[8], row[9], row[10], row[11] = f"{at[0]:.0f}", f"{at[1]:.0f}", "7000", "250000"
    xs, ys = [x for x, _ in box], [y for _, y in box]
    row[12:16] = [f"{value:.0f}" for value in (min(xs), min(ys), max(xs), max(ys))]
    row[16], row[21], row[24], row[27], row[29] = (
        outward,
        DISTRICTS[district],
        DISTRICTS[district],
        "Fictional",
        "England",
    )
    return row


def write_names(areas: list[Area]) -> None:
    """Villages, two streets for each, the road that is a boundary, and the trunk road."""
    rows: list[list[str]] = []
    for place, area in enumerate(area for area in areas if area.cells):
        x, y = middle(area.cells[0])
        outward, village = f"ZZ{place // 9 + 1}", ("populatedPlace", "Village")
        box = [(x - 400, y - 300), (x + 400, y + 300)]
        rows.append(open_name(len(rows) + 1, area.name, village, (x, y), box, area.district, outward))
        for street, shift in (("Church Lane", 150.0), ("Station Road", -150.0)):
            at = (x + shift, y + shift)
            named = ("transportNetwork", "Named Road")
            row = open_name(len(rows) + 1, street, named, at, [at, (x, y)], area.district, outward)
            row[18] = area.name
            rows.append(row)
    border = bent(*shared_edge(*BOUNDARY_ROAD))
    named = ("transportNetwork", "Named Road")
    rows.append(open_name(len(rows) + 1, "Mere Dyke Road", named, border[len(border) // 2], border, HOME, "ZZ1"))
    trunk = [middle((2, column)) for column in range(2, 8)]
    numbered = ("transportNetwork", "Numbered Road")
    rows.append(open_name(len(rows) + 1, TRUNK_ROAD, numbered, trunk[2], trunk, HOME, "ZZ1"))
    with (HERE / "opname_csv_zz.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def shared_edge(one: Node, two: Node) -> tuple[Node, Node]:
    """Two neighbouring corners that both cells have."""
    both = [node for node in corners(one) if node in corners(two)]
    return both[0], both[1]


def write_clerks(areas: list[Area]) -> None:
    """What the Modern.Gov stand-in publishes, and each council's reviewed table of parish → Modern.Gov id."""
    clerks: list[dict[str, object]] = []
    parishes = [area for area in areas if area.code.startswith("E04")]
    for number, area in enumerate(parishes):
        cell = area.cells[0] if area.cells else None
        word = area.name.lower().replace(" ", "-")
        word += f"-{number}" if area.name == "Netherby" else ""
        entry: dict[str, object] = {
            "council": COUNCILS[area.district], "parish_code": area.code, "moderngov_id": 400 + 7 * number,
            "title": f"{area.name} Parish Council", "clerk": f"Clerk {number + 1} of {area.name}",
            "email": f"clerk@{word}.example", "phone": f"01632 {960000 + number}",
            "address": f"Parish Office|Church Lane|{area.name}|ZZ{number // 9 + 1} {number % 9 + 1}AH",
        }  # fmt: skip
        if cell == NO_EMAIL:
            entry["email"] = ""
        if cell == VACANT:
            entry |= {"clerk": "Vacant", "email": "", "phone": "", "address": ""}
        if cell == TWO_ADDRESSES:
            entry["email"] = f"clerk@{word}.example;deputy@{word}.example"
        clerks.append(entry)
    joint = [entry for entry, area in zip(clerks, parishes, strict=True) if area.cells[:1] in [(c,) for c in JOINT]]
    for entry in joint:
        entry |= {"moderngov_id": joint[0]["moderngov_id"], "title": "Joint Marsh Parish Council"}
        entry |= {key: joint[0][key] for key in ("clerk", "email", "phone", "address")}
    write_rows(ROOT / "data" / "moderngov" / "clerks.csv", clerks)
    for slug in COUNCILS.values():
        links = [entry for entry in clerks if entry["council"] == slug]
        rows = [{key: entry[key] for key in ("parish_code", "moderngov_id", "title")} for entry in links]
        write_rows(ROOT / "councils" / slug / "parish-links.csv", rows)


def beside(edge: list[Point], metres: float) -> Point:
    """A point at right angles to the middle of an edge, on its left for a positive distance."""
    (x1, y1), (x2, y2) = edge[len(edge) // 2], edge[len(edge) // 2 + 1]
    length = math.hypot(x2 - x1, y2 - y1)
    return (
        round((x1 + x2) / 2 - (y2 - y1) / length * metres, 1),
        round((y1 + y2) / 2 + (x2 - x1) / length * metres, 1),
    )


def demo_points(areas: list[Area]) -> dict[str, tuple[Point, str, str]]:
    """Name of a point → where it was put, the state that follows, and the code of the area it was drawn in."""
    code = {cell: area.code for area in areas for cell in area.cells}
    inner = next(area.code for area in areas if not area.cells)
    outline = ring(NESTED_IN)[0]
    around = middle(NESTED_IN)
    between = ((around[0] * 2 + outline[0]) / 3, (around[1] * 2 + outline[1]) / 3)
    return {
        "parish": (middle((2, 2)), "parish", code[2, 2]),
        "other parish": (middle((5, 4)), "parish", code[5, 4]),
        "first part": (middle((2, 3)), "parish", code[2, 3]),
        "second part": (middle((5, 6)), "parish", code[2, 3]),
        "inside another": (around, "parish", inner),
        "around another": ((round(between[0], 1), round(between[1], 1)), "parish", code[NESTED_IN]),
        "same name one": (middle(SAME_NAME[0]), "parish", code[SAME_NAME[0]]),
        "same name two": (middle(SAME_NAME[1]), "parish", code[SAME_NAME[1]]),
        "joint council": (middle(JOINT[1]), "parish", code[JOINT[1]]),
        "no e-mail": (middle(NO_EMAIL), "parish", code[NO_EMAIL]),
        "vacant": (middle(VACANT), "parish", code[VACANT]),
        "two addresses": (middle(TWO_ADDRESSES), "parish", code[TWO_ADDRESSES]),
        "unparished": (middle((3, 4)), "unparished", code[3, 4]),
        "unparished too": (middle((6, 5)), "unparished", code[6, 5]),
        "corner of three": (jittered((7, 4)), "uncertain", ""),
        "boundary road": (bent(*shared_edge(*BOUNDARY_ROAD))[16], "uncertain", ""),
        "near a border": (beside(bent(*shared_edge((4, 4), (4, 5))), 12.0), "uncertain", ""),
        "district border": (beside(bent(*shared_edge((2, 1), (2, 2))), 5.0), "uncertain", ""),
        "served neighbour": (middle((3, 0)), "outside_served", code[3, 0]),
        "served neighbour too": (middle((6, 1)), "outside_served", code[6, 1]),
        "other district": (middle((3, 8)), "outside_other", OTHER),
        "off the map": ((ORIGIN[0] - 30_000.0, ORIGIN[1] - 30_000.0), "off_map", ""),
        "no boundaries": (middle(NO_DATA), "no_data", HOME),
    }


def write_oracle(areas: list[Area]) -> None:
    """Put the point and its parish beside each case of data/demo/cases.csv, which was typed by hand."""
    points = demo_points(areas)
    with (ROOT / "data" / "demo" / "cases.csv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    for case in cases:
        if case["point"]:
            (x, y), state, code = points[case["point"]]
            case |= {"easting": f"{x:.1f}", "northing": f"{y:.1f}", "state": state, "code": code}
        else:
            case |= {"easting": "", "northing": "", "state": "", "code": ""}
    write_rows(ROOT / "data" / "demo" / "oracle.csv", cases)


def write_rows(path: Path, rows: list[dict[str, object]] | list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    drawn = make_areas()
    write_boundaries(drawn)
    write_postcodes(drawn)
    write_names(drawn)
    write_clerks(drawn)
    write_oracle(drawn)
