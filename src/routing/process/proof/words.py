"""The words of texts in a process with stages: each has a value on every way, and goes only to whom it may go."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from routing.process.definition import Definition
from routing.process.kinds import Question
from routing.process.letters import TO_FIELD
from routing.process.proof.complaint import Complaint
from routing.process.proof.contexts import Context, Proven, at_end, contexts, sendings
from routing.process.proof.known import Known
from routing.process.proof.strangers import by_strangers
from routing.process.stages import Stage
from routing.process.wording import EVERYWHERE, PLACES, placeholders
from routing.vocabulary import PlaceState, RecipientKind

FEE = "fee."
FREE = frozenset({"text", "person"})
"""Kinds whose answers are what somebody typed."""


def stage_words(proven: Proven, lists: frozenset[str]) -> Iterator[Complaint]:
    """Every word of every text has a value where it is read, and no stranger's text goes where it must not."""
    strangers = by_strangers(proven.definition)
    for context in contexts(proven):
        for name in sorted(placeholders(context.text)):
            said = _why_not(proven.definition, context, name, lists) or _why_private(
                proven.definition, context, name, strangers
            )
            if said is not None:
                yield context.where, said
                break


def _why_not(definition: Definition, context: Context, name: str, lists: frozenset[str]) -> str | None:
    """Why a word has no value here on every way, and what to do; None if it has."""
    sender = f" {context.sender}" if context.sender else ""
    if name in EVERYWHERE or (name.startswith("council.") and name.removeprefix("council.") in lists):
        return None
    if name in MOMENTS:
        has_value, why = MOMENTS[name]
        return None if has_value(context) else f"{{{name}}} has no value{sender}, because {why}. Remove it."
    if name in PLACES:
        return _place(definition, context, name, sender)
    if name.startswith(FEE):
        return _fee(definition, context, name, sender)
    return _answer(definition, context, name, sender)


MOMENTS: dict[str, tuple[Callable[[Context], bool], str]] = {
    "reference": (lambda context: context.is_sent, "there is no case yet"),
    "due": (lambda context: context.has_due, "no stage follows"),
    "holds_until": (lambda context: context.has_holds_until, "it is no letter of a renewal"),
}
"""Words that depend on the moment → whether they have a value there, and why not."""


def _answer(definition: Definition, context: Context, name: str, sender: str) -> str | None:
    question = definition.asked(name)
    if question is None:
        known = ", ".join(sorted(context.known.names)) or "none"
        others = "To see all others, read docs/process-language.md"
        return f"there is no placeholder {{{name}}}. Questions and fields that are known here: {known}. {others}."
    if question.kind == "photo":
        return f"{{{name}}} is a photo. A text cannot contain it."
    if name not in context.known.names:
        return f"{{{name}}} has no value on every way{sender}. Remove it, or make it needed on every way here."
    return None


def _place(definition: Definition, context: Context, name: str, sender: str) -> str | None:
    if not definition.has_place:
        return f"{{{name}}} has no value, because the process has no place. Remove it."
    elsewhere = sorted(context.known.places - PLACES[name])
    if elsewhere:
        return f"{{{name}}} has no value{sender} if place = {elsewhere[0]}. Remove it, or lead such places another way."
    return None


def _fee(definition: Definition, context: Context, name: str, sender: str) -> str | None:
    fee = {each.id: each for each in definition.fee}.get(name.removeprefix(FEE).removesuffix(".page"))
    if fee is None:
        known = ", ".join(f"{{fee.{each.id}}}" for each in definition.fee) or "none"
        return f"there is no fee {{{name}}}. Fees of this process: {known}."
    if name.endswith(".page"):
        return None
    missing = sorted(fee.reads - context.known.names)
    if missing:
        return f"{{{name}}} has no value on every way{sender}, because '{missing[0]}' is not known there. Remove it."
    return None


def _why_private(definition: Definition, context: Context, name: str, strangers: frozenset[str]) -> str | None:
    question = definition.asked(name)
    if name.startswith(FEE) and (context.is_subject or context.to_third):
        return why_fee_is_private(definition, name)
    if question is None:
        return None
    is_free = question.kind in FREE and name in strangers
    if context.is_subject and (is_personal(question) or is_free):
        what = (
            "says something about a person" if is_personal(question) else "is what somebody outside the council typed"
        )
        return f"{{{name}}} {what}. Remove it from the subject."
    if context.to_third and (is_free or (is_personal(question) and name in strangers)):
        return f"{{{name}}} is what somebody outside the council said. Remove it from this letter to a third person."
    return None


def why_fee_is_private(definition: Definition, name: str) -> str | None:
    """Why the amount of a fee tells something about a person, and what to do; None if it does not."""
    fee = next((each for each in definition.fee if name == f"{FEE}{each.id}"), None)
    for read in sorted(fee.reads) if fee is not None else ():
        question = definition.asked(read)
        if question is not None and is_personal(question):
            return f"{{{name}}} depends on '{read}', which says something about a person. Remove it."
    return None


def is_personal(question: Question) -> bool:
    """Whether its answers are about a person."""
    choices = getattr(question, "choices", ())
    return (
        question.personal or question.sensitive or question.kind == "person" or any(each.sensitive for each in choices)
    )


def stage_knowns(proven: Proven) -> Iterator[Complaint]:
    """Every former column, date of a clock, addressee and date of an end is known on every way."""
    definition, told = proven.definition, set[str]()
    for stage in definition.stage:
        known = proven.known.in_stage(stage.id)
        if known is None:
            continue
        where = f"stage {stage.id}"
        read: dict[str, str] = dict.fromkeys(proven.tables[stage.id].former, "its outcomes read it")
        own = {field.id for field in proven.tables[stage.id].fields}
        read |= {column: "a field is asked by it" for field in proven.tables[stage.id].fields
                 for column in field.only_if if column not in own}  # fmt: skip
        read |= {column: "due reads it" for due in stage.due for column in due.when}
        read |= {due.counts_from: "the deadline counts from it" for due in stage.due if due.counts_from}
        new = {name: why for name, why in read.items() if name not in told}
        yield from _missing(new, known, where, partial(_how_known, proven, stage))
        told |= {name for name in read if name not in known.names}
    yield from _addressees(proven)
    for end in definition.end:
        known = at_end(proven, end.id)
        if known is not None and end.holds_until is not None:
            yield from _missing({end.holds_until: "it holds until then"}, known, f"end {end.id}")


SOMEWHERE = "On some way nobody has filled it in."


def _how_known(proven: Proven, stage: Stage, name: str) -> str:
    """How to make a question or field known in a stage."""
    question = proven.definition.questions.get(name)
    if question is not None and not question.needed:
        return "The question can be left empty: make it needed."
    if name not in proven.definition.columns:
        return SOMEWHERE
    entries = (number for number, state in proven.graph.entries.items() if state.stage == stage.id)
    without = (number for number in entries if name not in proven.cases[number].names)
    rule = next((proven.definition.rule[number].id for number in without), None)
    if rule is None:
        return SOMEWHERE
    return f"Rule {rule} decides without it: name it in its 'when', with all its values if they make no difference."


def _missing(
    read: Mapping[str, str], known: Known, where: str, how: Callable[[str], str] = lambda _: SOMEWHERE
) -> Iterator[Complaint]:
    for name, why in read.items():
        if name not in known.names:
            yield where, f"make '{name}' known on every way that leads here: {why}. {how(name)}"


def clerks(proven: Proven) -> Iterator[Complaint]:
    """A clerk is only asked, or written to, where the place is in one parish; a list asks the others elsewhere."""
    parishes = {each.id for each in proven.definition.recipient if each.kind is RecipientKind.PARISH}
    for stage in proven.definition.stage:
        known = proven.known.in_stage(stage.id)
        if known is not None and len(stage.who) == 1 and stage.who[0] in parishes:
            yield from _elsewhere(known, f"stage {stage.id}", "who: ask somebody else")
    for letter in proven.definition.letter:
        if letter.to not in parishes:
            continue
        for _, known in sendings(proven, letter.id):
            yield from _elsewhere(known, f"letter {letter.id}", "to: write to somebody else")


def _elsewhere(known: Known, where: str, what: str) -> Iterator[Complaint]:
    places = sorted(known.places - {PlaceState.PARISH.value}) if known.places else ["none"]
    if places:
        yield where, f"{what}, or lead only places in one parish here. A case with place = {places[0]} has no clerk."


def _addressees(proven: Proven) -> Iterator[Complaint]:
    told = set[str]()
    for letter in proven.definition.letter:
        if not letter.to.startswith(TO_FIELD):
            continue
        name = letter.to.removeprefix(TO_FIELD)
        if name in told:
            continue
        for sent, known in sendings(proven, letter.id):
            if name not in known.names:
                yield f"letter {letter.id}", f"to: nobody has filled in '{name}' {sent}. Make it needed there."
                told.add(name)
                break
