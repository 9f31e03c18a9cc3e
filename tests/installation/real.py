"""A fixture council with real boundaries and postcodes, and expectations by plain shapely on the raw file."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import shapely
from convertbng.cutil import convert_bng
from shapely.geometry import shape

from routing.cli.supervisor import Installation
from tests.conftest import ROOT

BOUNDARIES = "boundaries/ons_shaped_parncp24_west_berkshire_bgc20_4326.geojson"
POSTCODES = "gazetteer/codepoint_open_rg.csv.gz"
GSS = "E06000037"
ROADS, REVIEW = "road-safety@example.org", "review@example.org"


class Fixture:
    """West Berkshire with invented mailboxes at example.org; clerks served by the stand-in for its 63 codes."""

    def __init__(self, real: Path, folder: Path) -> None:
        self.real = real
        self.councils = folder / "councils"
        self.clerks = folder / "clerks.csv"
        features = json.loads((real / BOUNDARIES).read_text())["features"]
        self.codes = [feature["properties"]["PARNCP24CD"] for feature in features]
        self.polygons = [self._in_metres(shape(feature["geometry"])) for feature in features]
        self._write_council()
        self._write_clerks([feature["properties"]["PARNCP24NM"] for feature in features])

    @staticmethod
    def _in_metres(polygon: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(polygon, lambda xy: np.column_stack(convert_bng(xy[:, 0], xy[:, 1])))

    def _write_council(self) -> None:
        text = (ROOT / "councils" / "saltby" / "council.toml").read_text()
        text = text.replace("E07999002", GSS).replace("Saltby Borough Council", "Fixture Council")
        for team, address in (("review", REVIEW), ("highways", ROADS), ("traffic", "traffic@example.org")):
            text = text.replace(f"{team}@saltby.example", address)
        (self.councils / "fixture").mkdir(parents=True)
        (self.councils / "fixture" / "council.toml").write_text(text)
        lines = [f"{code},{1000 + number},x" for number, code in enumerate(self.codes)]
        links = "\n".join(["parish_code,moderngov_id,title", *lines])
        (self.councils / "fixture" / "parish-links.csv").write_text(links + "\n")

    def _write_clerks(self, names: list[str]) -> None:
        fields = ["council", "parish_code", "moderngov_id", "title", "clerk", "email", "phone", "address"]
        with self.clerks.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(fields)
            for number, (code, name) in enumerate(zip(self.codes, names, strict=True)):
                writer.writerow(
                    [
                        "fixture",
                        code,
                        1000 + number,
                        f"{name} Parish Council",
                        "The Clerk",
                        self.clerk(code),
                        "",
                        "Office|RG14 1AA",
                    ]
                )

    @staticmethod
    def clerk(code: str) -> str:
        return f"clerk-{code.lower()}@example.org"

    def load(self, here: Installation) -> None:
        command = [sys.executable, "-m", "routing.cli", "boundaries", "load", str(self.real / BOUNDARIES)]
        environment = os.environ | here.part_environment() | here.environment
        subprocess.run(
            [*command, "--district", GSS, "--activate", "--json"], env=environment, check=True, capture_output=True
        )
        from tests.conftest import until

        until(lambda: here_has_boundaries(here), 30)

    def postcodes(self, every: int) -> list[tuple[str, float, float]]:
        """Every n-th real postcode that lies in the district."""
        with gzip.open(self.real / POSTCODES, "rt") as file:
            rows = [(row[0], float(row[2]), float(row[3])) for row in csv.reader(file)]
        union = shapely.union_all(self.polygons)
        shapely.prepare(union)
        inside = [row for row in rows if shapely.intersects_xy(union, row[1], row[2])]
        return inside[::every]

    def expected(self, easting: float, northing: float) -> set[str]:
        """Clerk and road safety, or the review mailbox within 25 m of another parish."""
        at = shapely.Point(easting, northing)
        near = [code for code, polygon in zip(self.codes, self.polygons, strict=True) if polygon.distance(at) <= 25]
        return {self.clerk(near[0]), ROADS} if len(near) == 1 else {REVIEW}


def here_has_boundaries(here: Installation) -> bool:
    import requests

    answer = requests.get(f"{here.addresses.web}/readyz", auth=here.prefect_credentials, timeout=5)
    return bool(answer.json()["checks"].get("boundaries") == "ok")
