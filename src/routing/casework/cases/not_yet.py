"""What the language of processes can say, and an installation cannot run yet."""

from collections.abc import Iterator

from routing.process import Definition
from routing.process.about import About
from routing.process.stages import FLOW

RUN_IN = "This version checks it, and a later version runs it"


NOT_YET = ("public",)
"""Keys of ``[process]`` that an installation does not follow yet."""


def not_yet(definition: Definition) -> tuple[str, str] | None:
    """Why an installation cannot adopt a definition: where, and what to do; None if it can."""
    return next(_reasons(definition), None)


def _reasons(definition: Definition) -> Iterator[tuple[str, str]]:
    for stage in definition.stage:
        flow = next((name for name in stage.who if name.startswith(FLOW)), None)
        if flow is not None:
            yield f"stage {stage.id}", f"who: use somebody else than {flow}. {RUN_IN}."
        for field in definition.fields_of(stage):
            if field.kind == "photo":
                yield f"stage {stage.id}, field {field.id}", f"use another kind than photo. {RUN_IN}."
    for question in definition.question:
        if question.kind == "photo":
            yield f"question {question.id}", f"use another kind than photo. {RUN_IN}."
    for name in NOT_YET:
        if getattr(definition.process, name) != About.model_fields[name].default:
            yield "process", f"remove {name}. {RUN_IN}."
