"""What a refresh of the boundaries shows its operator: checks, changes with a map, and the cases that they touch."""

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
"""Of a refusal's text: it may name columns, as the publisher does."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person looks at before a vintage is activated.

    Attributes:
        picture: the map of what changed, a PNG.
        cases: the stored cases, looked up in it.
    """

    picture: bytes
    cases: Relocation


async def publish_vintage(
    judged: "Assessment | None", refused: BoundaryError | None, state: str, preview: Preview | None = None
) -> None:
    """What the checks saw of a vintage, and what it changes; or why it was not taken."""
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
        told = f"{len(judged.comparison.changes)} changes; {len(changes)} are shown."
        await publish("boundary-changes", changes, told)
    if preview is not None:
        await _publish_preview(preview, name)


async def _publish_preview(preview: Preview, name: str) -> None:
    """The map travels inside the artifact, since Prefect's UI can ask nobody else for it."""
    rows = [
        {"from": each.old_code or "none", "to": each.new_code or "none", "cases": each.cases}
        for each in preview.cases.elsewhere[:MOST_ROWS]
    ]
    told = f"{preview.cases.moved} of {preview.cases.cases} stored cases would go elsewhere."
    await publish("boundary-cases", rows, told)

    async def create() -> None:
        picture = f"![What changes](data:image/png;base64,{base64.b64encode(preview.picture).decode()})"
        await acreate_markdown_artifact(markdown=picture, key="boundary-map", description=f"What changes with {name}.")

    await guarded(f"{ARTIFACT} boundary-map", create)
