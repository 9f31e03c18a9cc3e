"""What both searches ask of the worlds that they have seen: that no way goes round for ever, and how one was reached."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

World = TypeVar("World", bound=Hashable)


def assert_it_comes_to_an_end(calm: Mapping[World, Sequence[World]]) -> None:
    """Without further faults no state comes again: so every way leads to an end."""
    colour: dict[World, int] = {}
    for root, first in calm.items():
        stack: list[tuple[World, Iterator[World]]] = []
        if root not in colour:
            colour[root] = 1
            stack.append((root, iter(first)))
        while stack:
            world, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                colour[world] = 2
                stack.pop()
            elif following not in colour:
                colour[following] = 1
                stack.append((following, iter(calm[following])))
            else:
                assert colour[following] == 2, "it can go round for ever"


def story(world: World, known: Mapping[World, tuple[World | None, object]]) -> str:
    """How it came to this, step by step."""
    lines = [repr(world)]
    before, step = known[world]
    while before is not None:
        lines.append(f"{step} from {before}")
        before, step = known[before]
    return "\n".join(reversed(lines))
