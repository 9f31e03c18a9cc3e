"""Read one layer of an ArcGIS FeatureServer page by page, and check that nothing is lost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from routing.errors import BoundaryError
from routing.outside import plain
from routing.place.build.fetch import Fetcher, Overloaded

PAGE = 500
"""Rows to ask for at once. Halved if the server cannot send so many, and never more than it allows."""

AGAIN = "Try again later. The boundaries in use stay."
POLYGONS = "esriGeometryPolygon"
LAYER_URL = re.compile(r"/FeatureServer(/\d+)?/?$")


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """Metadata of a layer.

    Attributes:
        edited_ms: when its data last changed, in milliseconds since 1970; None if unknown.
        licence: its copyright text, stored with every vintage.
    """

    url: str
    name: str
    object_id: str
    fields: tuple[str, ...]
    most_rows: int
    edited_ms: int | None
    licence: str


@dataclass(frozen=True, slots=True)
class Page:
    """An unchanged answer, and the object ids in it."""

    content: bytes
    ids: tuple[int, ...]


def read_layer_info(fetcher: Fetcher, url: str) -> LayerInfo:
    """Metadata of a layer, or of the only polygon layer if the address is the service's.

    Raises:
        BoundaryError: ``answer`` if the service no longer exists, ``fields`` if it has no polygons.
    """
    if not LAYER_URL.search(url):
        raise BoundaryError(
            "answer", f"{url} is not a FeatureServer. Enter an address that ends in /FeatureServer or .../0."
        )
    url = url.rstrip("/")
    if url.endswith("/FeatureServer"):
        layers = _shaped(_Service, fetcher.get_json(url, {"f": "json"}), url).layers or []
        polygons = [layer for layer in layers if layer.geometryType == POLYGONS]
        if len(polygons) != 1:
            raise BoundaryError("fields", f"{url} has {len(polygons)} layers of polygons. Choose one, such as {url}/0.")
        url = f"{url}/{polygons[0].id}"
    said = _shaped(_Metadata, fetcher.get_json(url, {"f": "json"}), url)
    names = tuple(field.name for field in said.fields or [])
    object_id = said.objectIdField or (said.uniqueIdField.name if said.uniqueIdField else None)
    if said.geometryType != POLYGONS or object_id is None or object_id not in names:
        raise BoundaryError("fields", f"{url} is not a layer of polygons with an object id. Choose another layer.")
    edited = said.editingInfo or _Edited()
    return LayerInfo(
        url,
        said.name,
        object_id,
        names,
        max(1, said.maxRecordCount or PAGE),
        edited.dataLastEditDate or edited.lastEditDate,
        said.copyrightText or "",
    )


Shown = Annotated[str, AfterValidator(plain)]


class _Said(BaseModel):
    """The values of ArcGIS that we need, with its own names."""

    model_config = ConfigDict(extra="ignore")


class _Named(_Said):
    name: Shown = ""


class _Edited(_Said):
    dataLastEditDate: int | None = None  # noqa: N815
    lastEditDate: int | None = None  # noqa: N815


class _LayerName(_Said):
    id: int
    geometryType: str | None = None  # noqa: N815


class _Service(_Said):
    layers: list[_LayerName] | None = None


class _Metadata(_Named):
    geometryType: str | None = None  # noqa: N815
    objectIdField: Shown | None = None  # noqa: N815
    uniqueIdField: _Named | None = None  # noqa: N815
    fields: list[_Named] | None = None
    maxRecordCount: int | None = None  # noqa: N815
    editingInfo: _Edited | None = None  # noqa: N815
    copyrightText: Shown | None = None  # noqa: N815


S = TypeVar("S", bound=_Said)


def _shaped(shape: type[S], answer: dict[str, Any], url: str) -> S:
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
        raise BoundaryError("read", f"{url} sent unexpected JSON at {where}. {AGAIN}") from None


class Query:
    """All features of a layer that match a condition.

    Args:
        where: SQL-92, such as ``1=1`` or ``LAD25CD IN ('E06000037')``.
    """

    def __init__(self, fetcher: Fetcher, layer: LayerInfo, where: str = "1=1") -> None:
        self._fetcher, self.layer, self.where = fetcher, layer, where
        self._size = min(PAGE, layer.most_rows)
        self._by_id = False

    def count(self) -> int:
        """The number of features, from the server's own count."""
        answer = self._fetcher.get_json(
            f"{self.layer.url}/query", {"where": self.where, "returnCountOnly": "true", "f": "json"}
        )
        count = answer.get("count", as_object(answer.get("properties")).get("count"))
        if not isinstance(count, int) or count < 0:
            raise BoundaryError("count", f"{self.layer.url} did not say how many features it has. {AGAIN}")
        return count

    def pages(self, expected: int) -> Iterator[Page]:
        """Every page in the order of object ids, one in memory at a time.

        Args:
            expected: the server's count, which the features must match.

        Raises:
            BoundaryError: ``paging`` or ``count``: features are missing; ``answer``: the server gave up.
        """
        seen, last = 0, -1
        while seen < expected:
            page, says_more = self._page(seen, last)
            if page.ids and page.ids[0] <= last:
                if self._by_id:
                    raise BoundaryError("paging", f"{self.layer.url} keeps sending the same page. {AGAIN}")
                self._by_id = True  # it ignores the offset, so ask for rows after the last id
                continue
            if not page.ids:
                if says_more:
                    raise BoundaryError(
                        "paging", f"{self.layer.url} says that there is more, but sends nothing. {AGAIN}"
                    )
                break
            seen, last = seen + len(page.ids), page.ids[-1]
            if seen > expected:
                raise BoundaryError("count", f"{self.layer.url} counts {expected:,} features, but sends more. {AGAIN}")
            yield page
        if seen != expected:
            raise BoundaryError("count", f"{self.layer.url} counts {expected:,} features, but sends {seen:,}. {AGAIN}")

    def _page(self, offset: int, last: int) -> tuple[Page, bool]:
        """One page, with fewer rows if the server cannot send so many."""
        while True:
            try:
                return self._read(*self._fetcher.ask(f"{self.layer.url}/query", self._parameters(offset, last)))
            except Overloaded as error:
                if self._size == 1:
                    raise BoundaryError("answer", f"{error.text} Even one row was too much. {AGAIN}") from None
                self._size = max(1, self._size // 2)

    def _parameters(self, offset: int, last: int) -> dict[str, str]:
        key = self.layer.object_id
        where = f"({self.where}) AND {key} > {last}" if self._by_id and last >= 0 else self.where
        return {
            "where": where,
            "outFields": "*",
            "returnGeometry": "true",
            "outSR": "27700",
            "orderByFields": key,
            "resultOffset": "0" if self._by_id else str(offset),
            "resultRecordCount": str(self._size),
            "f": "geojson",
        }

    def _read(self, content: bytes, answer: dict[str, Any]) -> tuple[Page, bool]:
        features = answer.get("features")
        if not isinstance(features, list):
            raise BoundaryError("read", f"{self.layer.url} answered without features. {AGAIN}")
        says_more = bool(answer.get("exceededTransferLimit")) or bool(
            as_object(answer.get("properties")).get("exceededTransferLimit")
        )
        ids = tuple(_object_id(feature, self.layer) for feature in features)
        if list(ids) != sorted(set(ids)):
            raise BoundaryError(
                "paging", f"{self.layer.url} sends features in the wrong order, or repeats one. {AGAIN}"
            )
        return Page(content, ids), says_more


def as_object(value: object) -> dict[str, Any]:
    """A JSON object; an empty one if it is not an object."""
    return value if isinstance(value, dict) else {}


def _object_id(value: object, layer: LayerInfo) -> int:
    feature = as_object(value)
    found = as_object(feature.get("properties")).get(layer.object_id, feature.get("id"))
    if not isinstance(found, int):
        raise BoundaryError("fields", f"{layer.url}: a feature has no {layer.object_id}. Choose another layer.")
    return found
