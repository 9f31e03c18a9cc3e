"""A publisher on loopback with the fictional district's parishes and districts."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import shapely

from routing.standins import Feature, Service, Switches, feature_server_app
from tests.servers import http_server

FOLDER = Path(__file__).parents[2] / "data" / "boundaries"

PARISHES, DISTRICTS = "PARNCP_DEC_2025_EW_BFC", "LAD_DEC_2025_UK_BFC"
TITLES = {
    PARISHES: "Parishes and Non Civil Parished Areas (December 2025) Boundaries EW BFC",
    DISTRICTS: "Local Authority Districts (December 2025) Boundaries UK BFC",
}


@dataclass
class Publisher:
    """Addresses of a running stand-in, and its switches."""

    url: str
    services: dict[str, Service]

    @property
    def portal(self) -> str:
        return f"{self.url}/api/search/v1"

    def layer(self, name: str = PARISHES) -> str:
        return f"{self.url}/arcgis/rest/services/{name}/FeatureServer"

    def switch(self, name: str = PARISHES, **how) -> None:
        self.services[name].switches = Switches(**how)


def read_features(file: str, *, with_label_points: bool = True) -> list[Feature]:
    features = []
    for row in json.loads((FOLDER / file).read_text())["features"]:
        shape = shapely.from_geojson(json.dumps(row["geometry"]))
        at = shapely.point_on_surface(shape)
        label = {"BNG_E": round(at.x), "BNG_N": round(at.y)} if with_label_points else {}
        features.append(Feature(row["properties"] | label, shape))
    return features


def make_services() -> list[Service]:
    return [
        Service(PARISHES, TITLES[PARISHES], read_features("parishes.geojson")),
        Service(DISTRICTS, TITLES[DISTRICTS], read_features("districts.geojson")),
    ]


@contextlib.contextmanager
def running() -> Iterator[Publisher]:
    services = make_services()
    with http_server(feature_server_app(services)) as url:
        yield Publisher(url, {service.name: service for service in services})
