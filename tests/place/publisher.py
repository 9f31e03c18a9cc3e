"""A publisher on loopback with the fictional district's parishes and districts."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.cli.standin import services_of
from routing.place.build import read_areas
from routing.standins.portal import Service, Switches, feature_server_app
from routing.standins.portal.publisher import DISTRICTS, PARISHES
from tests.servers import http_server

FOLDER = Path(__file__).parents[2] / "data" / "boundaries"

__all__ = ["DISTRICTS", "PARISHES", "Publisher", "running"]


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

    def switch(self, name: str = PARISHES, **how: Any) -> None:
        self.services[name].switches = Switches(**how)


@contextlib.contextmanager
def running() -> Iterator[Publisher]:
    services = services_of(read_areas(FOLDER / "parishes.geojson", FOLDER / "districts.geojson").areas)
    with http_server(feature_server_app(services)) as url:
        yield Publisher(url, {service.name: service for service in services})
