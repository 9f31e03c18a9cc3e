"""Artifacts of a boundary refresh for its operator: checks, changes with a map, and the affected cases."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prefect.artifacts import acreate_markdown_artifact

from routing.casework import Relocation
from routing.engine.artifacts import publish
from routing.engine.failures import ARTIFACT
from routing.engine.step import guarded
from routing.errors import BoundaryError

if TYPE_CHECKING:
    from routing.place.build import Assessment

MOST_ROWS = 500
MOST_TEXT = 500
"""Most characters of an error's text, which may contain the publisher's column names."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Data for a person's review before activation.

    Attributes:
        picture: the map of changes, a PNG.
        cases: the stored cases with this vintage.
    """

    picture: bytes
    cases: Relocation


async def publish_vintage(
    judged: "Assessment | None", refused: BoundaryError | None, state: str, preview: Preview | None = None
) -> None:
    """The findings and changes of a vintage, or why we could not use it."""
    rows: list[dict[str, Any]] = []
    if refused is not None:
        rows = [{"check": refused.check, "level": "failed", "figure": "", "what it saw": refused.text[:MOST_TEXT]}]
    if judged is not None:
        rows = [
            {"check": each.check, "level": each.level.value, "figure": each.figure, "what it saw": each.sentence}
            for each in judged.findings
        ]
    name = judged.vintage if judged is not None else "Boundaries"
    await publish("boundaries", rows, f"{name}: {state}.")
    if judged is not None and judged.comparison is not None:
        changes = [
            {"change": each.kind.value, "code": each.area.code, "name": each.area.name, "before": each.before or ""}
            for each in judged.comparison.changes[:MOST_ROWS]
        ]
        told = f"{len(judged.comparison.changes)} changes. This shows {len(changes)}."
        await publish("boundary-changes", changes, told)
    if preview is not None:
        await _publish_preview(preview, name)


async def _publish_preview(preview: Preview, name: str) -> None:
    """The map is inside the artifact, because Prefect's UI cannot load it from anywhere else."""
    rows = [
        {"from": each.old_code or "none", "to": each.new_code or "none", "cases": each.cases}
        for each in preview.cases.elsewhere[:MOST_ROWS]
    ]
    told = f"{preview.cases.moved} of {preview.cases.cases} stored cases would change area."
    await publish("boundary-cases", rows, told)

    async def create() -> None:
        picture = f"![What changes](data:image/png;base64,{base64.b64encode(preview.picture).decode()})"
        await acreate_markdown_artifact(markdown=picture, key="boundary-map", description=f"Changes with {name}.")

    await guarded(f"{ARTIFACT} boundary-map", create)
