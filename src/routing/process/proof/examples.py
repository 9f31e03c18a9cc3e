"""Played examples: each goes the way that it expects. Only they find two letters that were swapped."""

from collections.abc import Iterator

from routing.process.definition import Definition
from routing.process.play import NotPlayed, play
from routing.process.proof.complaint import Complaint


def played(definition: Definition) -> Iterator[Complaint]:
    """Play every example."""
    for example in definition.example:
        for number, step in enumerate(example.steps, 1):
            if sum(given is not None for given in (step.days, step.by, step.bounce)) != 1:
                yield f"example {example.id}", f"step {number}: set exactly one of days, by and bounce."
                return
            if step.fields and step.by is None:
                yield f"example {example.id}", f"step {number}: say who fills in the fields, with by."
                return
        try:
            play(definition, example)
        except NotPlayed as error:
            yield f"example {example.id}", str(error)
