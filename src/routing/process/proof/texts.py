"""Every text that a person can read: readable characters, and placeholders that have a value where they are read."""

import re
from collections.abc import Iterator

from routing.process.decision_tree import DecisionTree
from routing.process.definition import PLACE, Definition
from routing.process.kinds.number import NumberQuestion
from routing.process.letters import Fee
from routing.process.links import why_no_link
from routing.process.proof.complaint import Complaint
from routing.process.proof.known import at_rule
from routing.process.proof.words import why_fee_is_private
from routing.process.shown import Shown
from routing.process.wording import ONCE_PLACED, ONCE_SENT, has_stray_brace, placeholders, unknown_placeholders
from routing.vocabulary import REVIEW, holds_unseen, is_recoded


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


def units_twice(definition: Definition) -> Iterator[str]:
    """Texts that repeat the unit of a number, which its word has already, or call it pounds. A warning."""
    asked = {**definition.fields, **definition.questions}
    units = {name: each.unit for name, each in asked.items() if isinstance(each, NumberQuestion)}
    for where, text, _ in definition.every_text():
        for name in sorted(placeholders(text) & units.keys()):
            unit = units[name]
            shown = "£" if unit == "pounds" else unit
            if f"£{{{name}}}" in text and unit != "pounds":
                yield f"{where}: {{{name}}} is in {unit}. Remove the £ before it."
            elif f"£{{{name}}}" in text or re.search(rf"\{{{name}\}} {re.escape(unit)}\b", text):
                yield f"{where}: {{{name}}} has its unit, {shown}, already. Remove it from the text."


def fillings(definition: Definition, tree: DecisionTree, lists: frozenset[str]) -> Iterator[Complaint]:
    """Every placeholder exists and has a value whenever its text is read; links lead somewhere.

    In a process with stages, only the texts that are read before there is a case, and titles of recipients.
    """
    early = {"process", *_read_early(definition, tree)}
    for where, text, shown in definition.every_text():
        if not definition.has_stages or where.split(" ")[0] in ("process", "details", "question", "signpost"):
            yield from _filling(definition, tree, where, text, shown, lists, is_early=where in early)
    if definition.has_stages:
        for recipient in definition.recipient:
            where, shown = f"recipient {recipient.id}", Shown(before_sent=True)
            yield from _filling(definition, tree, where, recipient.title, shown, lists, is_early=False)
    else:
        yield from _private_fees(definition)
    if "process.title" in placeholders(definition.process.title):
        yield "process", "remove {process.title} from the title. A title cannot contain itself."
    for post in definition.signpost:
        for link in post.links:
            why = why_no_link(link.url)
            if why is not None:
                yield f"signpost {post.id}", f"the link {link.url[:80]!r} {why}"


def _private_fees(definition: Definition) -> Iterator[Complaint]:
    """Neither a subject nor a copy says by a fee what is about a person."""
    for recipient in definition.recipient:
        messages = [each for each in (recipient.message, recipient.copy_message) if each is not None]
        texts = [each.subject for each in messages] + (
            [recipient.copy_message.opening] if recipient.copy_message else []
        )
        for name in sorted({name for text in texts for name in placeholders(text)}):
            why = why_fee_is_private(definition, name)
            if why is not None:
                yield f"recipient {recipient.id}", why


def _filling(
    definition: Definition, tree: DecisionTree, where: str, text: str, shown: Shown, lists: frozenset[str], *,
    is_early: bool,
) -> Iterator[Complaint]:  # fmt: skip
    for name in sorted(placeholders(text) & ONCE_PLACED):
        if is_early:
            yield (
                where,
                f"{{{name}}} has no value before we know the place, and citizens may read this before. Remove it.",
            )
        elif not definition.has_place:
            yield where, f"{{{name}}} has no value, because the process has no place. Remove it."
    fees = {f"fee.{fee.id}": fee for fee in definition.fee}
    for name in unknown_placeholders(text, lists | definition.lists, has_stages=definition.has_stages):
        fee = fees.get(name.removesuffix(".page"))
        known = _known_where(definition, tree, where) if fee is not None else None
        if fee is not None and known is None:
            yield (
                where,
                f"{{{name}}} cannot stand here. {_where_fees_stand(definition)}",
            )
        elif known is None:
            yield where, f"there is no placeholder {{{name}}} here. To see all, read docs/process-language.md."
        elif fee is not None and not name.endswith(".page"):
            yield from _fee(fee, known, where)
    for name in sorted(placeholders(text) & ONCE_SENT) if shown.before_sent else ():
        yield where, f"{{{name}}} has no value before a report is sent. Use it in a confirmation or a message."


def _where_fees_stand(definition: Definition) -> str:
    others = "in a task or a letter" if definition.has_stages else f"in a text of a recipient other than {REVIEW}"
    return f"Name a fee in a question, or {others}."


def _fee(fee: Fee, known: frozenset[str], where: str) -> Iterator[Complaint]:
    for name in sorted(fee.reads - known):
        yield where, f"{{fee.{fee.id}}} has no value here, because '{name}' is not known on every way. Ask it before."
        return


def _known_where(definition: Definition, tree: DecisionTree, where: str) -> frozenset[str] | None:
    """The questions that are answered whenever a text is read; None for texts that cannot name a fee.

    In a process without stages, texts of a recipient can, but not those for officers who decide: they may get a report
    because an answer is missing.
    """
    part, _, name = where.partition(" ")
    if part == "question":
        return _known_before(definition, tree, name)
    if part != "recipient" or definition.has_stages or name == REVIEW:
        return None
    instead_of = {each.id for each in definition.recipient if name in (each.id, each.fallback)}
    gets = [number for number, rule in enumerate(definition.rule)
            if number in tree.deciding and ({rule.to, *rule.copy_to} & instead_of)]  # fmt: skip
    known = [at_rule(definition, tree, number).names for number in gets]
    return frozenset.intersection(*known) if known else frozenset(definition.questions)


def _known_before(definition: Definition, tree: DecisionTree, question: str) -> frozenset[str]:
    """The questions that are answered on every way before one is asked."""
    if question in definition.columns and question not in {each.id for each in definition.informing}:
        return tree.asked_before(question)
    cases = [number for number, rule in enumerate(definition.rule) if rule.to is not None and number in tree.deciding]
    found = set(frozenset.intersection(*(tree.always_asked(number) for number in cases)) if cases else ())
    for each in definition.informing:
        if each.id == question:
            break
        if each.needed and not each.only_if:
            found.add(each.id)
    return frozenset(found)


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
