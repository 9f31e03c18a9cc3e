"""An ONS Open Geography Portal for development and tests: the portal's search, and FeatureServers with its layers.

The shapes of the answers are those that clients recorded of the real services; what goes wrong there goes wrong here on
demand, see ``Switches``.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from convertbng.cutil import convert_lonlat
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from routing.standins.portal.switches import EDITED_MS, LICENCE, Switches
from routing.standins.portal.where import read_where

GRID, DEGREES = 27700, 4326
DRIP_S = 0.05
HTML = "<html><body><h1>Something went wrong</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Feature:
    """A row of a layer; its shape in the British National Grid."""

    attributes: dict[str, Any]
    shape: shapely.Geometry


@dataclass
class Service:
    """One service with one layer of polygons."""

    name: str
    title: str
    features: Sequence[Feature]
    switches: Switches = field(default_factory=Switches)
    fields: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fields = list(self.features[0].attributes)


def feature_server_app(services: Sequence[Service]) -> FastAPI:
    """Serve the search under ``/api/search/v1`` and the services under ``/arcgis/rest/services``."""
    app = FastAPI(title="Stand-in Open Geography Portal")
    by_name = {service.name: service for service in services}

    @app.put("/switches/{name}")
    def switch(name: str, switches: Switches) -> Switches:
        if name not in by_name:
            raise HTTPException(404, f"Use one of {', '.join(by_name)}. There is no service {name}.")
        by_name[name].switches = switches
        return switches

    @app.get("/api/search/v1/collections/dataset/items")
    def items(request: Request, q: str = "", limit: int = 10, startindex: int = 1) -> Response:
        found = [service for service in services if all(word in service.title.lower() for word in q.lower().split())]
        return JSONResponse(_listing(request, found, q, limit, startindex))

    @app.api_route("/arcgis/rest/services/{name}/FeatureServer", methods=["GET", "POST"])
    def service(name: str) -> Response:
        if name not in by_name or by_name[name].switches.is_renamed:
            return _error(400, "Invalid URL", "Invalid URL")
        return JSONResponse(_service(by_name[name]))

    @app.get("/arcgis/rest/services/{name}/FeatureServer/{layer}")
    def layer(name: str, layer: int) -> Response:
        found = by_name.get(name)
        if found is None or found.switches.is_renamed or layer != found.switches.layer_id:
            return _error(400, "Invalid URL", "Invalid URL")
        return JSONResponse(_metadata(found))

    @app.api_route("/arcgis/rest/services/{name}/FeatureServer/{layer}/query", methods=["GET", "POST"])
    async def query(request: Request, name: str, layer: int) -> Response:
        found = by_name.get(name)
        if found is None or found.switches.is_renamed or layer != found.switches.layer_id:
            return _error(400, "Invalid URL", "Invalid URL")
        asked = dict(request.query_params) | {key: str(value) for key, value in (await request.form()).items()}
        await asyncio.sleep(found.switches.slow_s)
        return _answer(found, asked)

    return app


def _listing(request: Request, found: Sequence[Service], q: str, limit: int, startindex: int) -> dict[str, Any]:
    base = str(request.base_url).rstrip("/")
    page = found[startindex - 1 : startindex - 1 + limit]
    links = [{"rel": "self", "href": str(request.url)}]
    if startindex - 1 + limit < len(found):
        following = f"/api/search/v1/collections/dataset/items?q={q}&limit={limit}&startindex={startindex + limit}"
        links.append({"rel": "next", "href": base + following})
    features = [
        {
            "type": "Feature",
            "id": service.name.lower(),
            "geometry": None,
            "properties": {
                "title": service.title,
                "type": "Feature Service",
                "owner": "ONSGeography",
                "modified": service.switches.edited_ms,
                "licenseInfo": LICENCE,
                "url": f"{base}/arcgis/rest/services/{service.name}/FeatureServer",
            },
        }
        for service in page
    ]
    return {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(page),
        "features": features,
        "links": links,
    }


def _error(code: int, message: str, *details: str) -> Response:
    """An error as ArcGIS sends it: with status 200."""
    return JSONResponse({"error": {"code": code, "message": message, "details": list(details)}})


def _service(service: Service) -> dict[str, Any]:
    layer = {"id": service.switches.layer_id, "name": service.name, "geometryType": "esriGeometryPolygon"}
    return {
        "currentVersion": 12,
        "maxRecordCount": service.switches.says_most_rows,
        "capabilities": "Query",
        "spatialReference": {"wkid": GRID, "latestWkid": GRID},
        "layers": [layer],
        "tables": [],
    }


def _columns(service: Service) -> list[str]:
    names = [
        name
        for name in service.fields
        if not (service.switches.without_district and re.fullmatch(r"LAD\d\d(CD|NM)", name))
    ]
    return [_shown(service, name) for name in names]


def _shown(service: Service, name: str) -> str:
    is_ours = re.fullmatch(r"(PAR(NCP)?|LAD)\d\d(CD|NM|NW)", name)
    return name.lower() if service.switches.is_lower_case and is_ours else name


def _metadata(service: Service) -> dict[str, Any]:
    kinds = {"FID": "esriFieldTypeOID"}
    return {
        "currentVersion": 12,
        "id": service.switches.layer_id,
        "name": service.name,
        "type": "Feature Layer",
        "copyrightText": LICENCE,
        "editingInfo": {
            "lastEditDate": service.switches.edited_ms,
            "schemaLastEditDate": EDITED_MS,
            "dataLastEditDate": service.switches.edited_ms,
        },
        "geometryType": "esriGeometryPolygon",
        "objectIdField": "FID",
        "uniqueIdField": {"name": "FID", "isSystemMaintained": True},
        "fields": [
            {"name": name, "type": kinds.get(name, "esriFieldTypeString"), "alias": name} for name in _columns(service)
        ],
        "maxRecordCount": service.switches.says_most_rows,
        "capabilities": "Query,Extract",
        "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
    }


def _answer(service: Service, asked: dict[str, str]) -> Response:
    switches = service.switches
    if switches.busy_answers:
        switches.busy_answers -= 1
        return Response(HTML, 503, headers={"Retry-After": switches.retry_after_s}, media_type="text/html")
    if switches.gateway_errors:
        switches.gateway_errors -= 1
        return Response(HTML, 502, media_type="text/html")
    try:
        known = {name.upper() for name in _columns(service)}
        holds = read_where(asked.get("where", "1=1"), known)
        found = [each for each in service.features if holds(each.attributes)]
    except ValueError as error:
        return _error(400, "Cannot perform query. Invalid query parameters.", str(error))
    if asked.get("returnCountOnly") == "true":
        return JSONResponse({"count": len(found) + switches.counts_more})
    kept = found[: max(1, round(len(found) * switches.keeps_share))] if found else []
    offset = int(asked.get("resultOffset") or 0)
    code = switches.error_on_offset.pop(offset, None)
    if code is not None:
        return _error(code, "Error performing query operation")
    return _page(service, kept, offset, asked)


def _page(service: Service, found: Sequence[Feature], offset: int, asked: dict[str, str]) -> Response:
    switches = service.switches
    size = min(int(asked.get("resultRecordCount") or switches.most_rows), switches.most_rows)
    if switches.largest_page and size > switches.largest_page:
        return _error(504, "Your request has timed out.")
    start = 0 if switches.ignores_offset or switches.repeats_page else offset
    if switches.repeats_page:
        found = service.features
    page = found[start : start + size]
    says_more = start + size < len(found)
    whole: dict[str, Any] = {"type": "FeatureCollection"}
    system = _system(switches, asked)
    if switches.crs != "none":
        named = f"EPSG:{system if switches.crs != 'wrong' else (DEGREES if system == GRID else GRID)}"
        whole["crs"] = {"type": "name", "properties": {"name": named}}
    if says_more and switches.flag in ("properties", "both"):
        whole["properties"] = {"exceededTransferLimit": True}
    if says_more and switches.flag in ("top", "both"):
        whole["exceededTransferLimit"] = True
    whole["features"] = [_feature(service, each, start + number, system) for number, each in enumerate(page)]
    return _sent(switches, json.dumps(whole).encode())


def _sent(switches: Switches, content: bytes) -> Response:
    kind = "application/geo+json; charset=utf-8"
    if switches.body == "truncated":
        return Response(content[: len(content) // 2], media_type=kind)
    if switches.body == "html":
        return Response(HTML, media_type="text/html")
    if switches.body == "endless":
        return StreamingResponse(_endless(), media_type=kind)
    if switches.body == "drip":
        return StreamingResponse(_drip(content), media_type=kind, headers={"Content-Length": str(len(content))})
    return Response(content, media_type=kind)


async def _drip(content: bytes) -> AsyncIterator[bytes]:
    for byte in content:
        yield bytes([byte])
        await asyncio.sleep(DRIP_S)


def _endless() -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    while True:
        yield b" " * (1 << 20)


def _system(switches: Switches, asked: dict[str, str]) -> int:
    if switches.crs == "grid":
        return GRID
    if switches.crs == "degrees":
        return DEGREES
    return GRID if asked.get("outSR") == str(GRID) else DEGREES


def _feature(service: Service, feature: Feature, number: int, system: int) -> dict[str, Any]:
    switches = service.switches
    shape = feature.shape if system == GRID else shapely.transform(feature.shape, _degrees)
    geometry = json.loads(shapely.to_geojson(shape))
    if number < switches.breaks_rings:
        geometry = {"type": "Polygon", "coordinates": [_bow_tie(shape)]}
    if number < switches.empties:
        geometry = {"type": "Polygon", "coordinates": []}
    if switches.has_swapped_axes:
        geometry = json.loads(shapely.to_geojson(shapely.transform(shape, lambda xy: xy[:, ::-1])))
    columns = set(_columns(service))
    attributes = {
        _shown(service, name): value for name, value in feature.attributes.items() if _shown(service, name) in columns
    }
    if switches.repeats_code and number == 1:
        code = next(name for name in attributes if re.fullmatch(r"par(ncp)?\d\dcd", name, re.IGNORECASE))
        attributes[code] = service.features[0].attributes[code.upper()]
    return {"type": "Feature", "id": feature.attributes["FID"], "geometry": geometry, "properties": attributes}


def _bow_tie(shape: shapely.Geometry) -> list[list[float]]:
    west, south, east, north = shape.bounds
    return [[west, south], [east, north], [east, south], [west, north], [west, south]]


def _degrees(xy: Any) -> Any:
    longitudes, latitudes = convert_lonlat(xy[:, 0], xy[:, 1])
    return np.column_stack([longitudes, latitudes])
