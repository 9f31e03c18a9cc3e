"""Every text that a person can read: readable characters, and placeholders that have a value where they are read."""

from collections.abc import Iterator

from routing.process.decision_tree import DecisionTree
from routing.process.definition import PLACE, Definition
from routing.process.links import why_no_link
from routing.process.proof.complaint import Complaint
from routing.process.wording import ONCE_PLACED, ONCE_SENT, has_stray_brace, placeholders, unknown_placeholders
from routing.vocabulary import holds_unseen, is_recoded


def characters(definition: Definition) -> Iterator[Complaint]:
    """Every text can be read, and has braces only around placeholders."""
    for where, text, _ in definition.every_text():
        if is_recoded(text):
            yield where, f"{text[:40]!r} is not readable, because of a wrong encoding. Save the file as UTF-8."
        if holds_unseen(text):
            yield where, f"{text[:40]!a} contains an invisible character. Type the text again."
        if has_stray_brace(text):
            yield (
                where,
                f"{text[:40]!r} contains a brace outside a placeholder. Write placeholders like {{council.name}}.",
            )


def fillings(definition: Definition, tree: DecisionTree, lists: frozenset[str]) -> Iterator[Complaint]:
    """Every placeholder exists and has a value whenever its text is read; links lead somewhere."""
    early = {"process", *_read_early(definition, tree)}
    for where, text, shown in definition.every_text():
        for name in sorted(placeholders(text) & ONCE_PLACED) if where in early else ():
            yield (
                where,
                f"{{{name}}} has no value before we know the place, and citizens may read this before. Remove it.",
            )
        for name in unknown_placeholders(text, lists | definition.lists):
            yield where, f"there is no placeholder {{{name}}}. To see all, read docs/process-language.md."
        for name in sorted(placeholders(text) & ONCE_SENT) if shown.before_sent else ():
            yield where, f"{{{name}}} has no value before a report is sent. Use it in a confirmation or a message."
    if "process.title" in placeholders(definition.process.title):
        yield "process", "remove {process.title} from the title. A title cannot contain itself."
    for post in definition.signpost:
        for link in post.links:
            why = why_no_link(link.url)
            if why is not None:
                yield f"signpost {post.id}", f"the link {link.url[:80]!r} {why}"


def _read_early(definition: Definition, tree: DecisionTree) -> frozenset[str]:
    """The questions and signposts that a citizen may see before we know the place."""
    read = set[str]()
    for node in tree.nodes:
        if node.apart:
            continue
        if node.row is not None and (signpost := definition.rule[node.row].signpost) is not None:
            read.add(f"signpost {signpost}")
        if node.column is not None and node.column != PLACE:
            read.add(f"question {node.column}")
    return frozenset(read)
