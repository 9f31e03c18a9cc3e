"""The proof of a definition: what must hold before a report may be decided by it."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping

from routing.errors import DefinitionError
from routing.process.definition import PLACE, TABLE_STATES, Definition, Recipient, Rule, Signpost
from routing.process.kinds import Question
from routing.process.links import why_no_link
from routing.process.table import evaluate
from routing.process.wording import ONCE_PLACED, ONCE_SENT, has_stray_brace, placeholders, unknown_placeholders
from routing.vocabulary import REVIEW, PlaceState, RecipientKind, holds_unseen, is_recoded

MOST_COMBINATIONS = 500_000
"""A table with more combinations of answers and places than this is refused, since the proof walks all of them."""

PAGES = frozenset({PLACE, "details", "contact", "check", "which", "result", "similar", "map", "stretch"})
"""Pages that every journey has; ``place`` is the look-up's own column too."""

FIELDS = frozenset({"csrf", "seen", "council", "leave_empty"})
"""Fields that the form of every page has; a question's id is the name of its own."""

Complaint = tuple[str, str]
"""Where, and what to change."""


def prove(definition: Definition, source: str, lines: Mapping[str, int], lists: frozenset[str]) -> None:
    """Refuse a definition that leaves a combination open, hides a rule, or names what is not there.

    Args:
        lines: ``rule R07`` → line number, for the error.
        lists: names of council lists that a text may use.

    Raises:
        DefinitionError: the first complaint.
    """
    complaints = itertools.chain(
        _letters(definition),
        _names(definition),
        _questions(definition),
        _references(definition),
        _placeholders(definition, lists),  # asks the table, so what it names has to be there
        _recipients(definition),
        _signposts_first(definition),
        _whole_table(definition),
    )
    for where, message in complaints:
        line = f" (line {lines[where]})" if where in lines else ""
        raise DefinitionError(source, f"{where}{line}", message)


def _names(definition: Definition) -> Iterator[Complaint]:
    kinds: dict[str, tuple[Question | Recipient | Signpost | Rule, ...]] = {
        "question": definition.question,
        "recipient": definition.recipient,
        "signpost": definition.signpost,
        "rule": definition.rule,
    }
    for kind, entries in kinds.items():
        for name, count in Counter(entry.id for entry in entries).items():
            if count > 1:
                yield f"{kind} {name}", f"{count} tables have this id. Give each its own."


def _questions(definition: Definition) -> Iterator[Complaint]:
    for question in definition.question:
        where = f"question {question.id}"
        if question.id in PAGES:
            yield where, f"'{question.id}' is a page of every journey. Choose another id."
        if question.id in FIELDS:
            yield where, f"'{question.id}' is a field of every page. Choose another id."
        yield from ((where, complaint) for complaint in question.complaints())


def _references(definition: Definition) -> Iterator[Complaint]:
    columns = {question.id: question.partitions for question in definition.question}
    columns[PLACE] = tuple(state.value for state in TABLE_STATES)
    for rule in definition.rule:
        where = f"rule {rule.id}"
        for column, values in rule.when.items():
            if column not in columns:
                yield where, f"when.{column} is not a question. Use one of {', '.join(columns)}."
                continue
            for value in values:
                if value not in columns[column]:
                    yield where, f"when.{column} has '{value}'. Use one of {', '.join(columns[column])}."
            if not values:
                yield where, f"when.{column} is an empty list and never matches. Remove it or name values."
        yield from _outcome(rule, where, definition)


def _outcome(rule: Rule, where: str, definition: Definition) -> Iterator[Complaint]:
    if (rule.signpost is None) == (rule.to is None):
        yield where, "set either 'signpost' or 'to'."
    if rule.signpost is not None and rule.signpost not in definition.signposts:
        yield where, f"signpost '{rule.signpost}' is not described. Add a [[signpost]] with this id."
    if rule.signpost is not None and rule.copy_to:
        yield where, "a signpost is not a case and has no copies. Remove 'copy'."
    for name in (*([rule.to] if rule.to else []), *rule.copy_to):
        if name not in definition.recipients:
            yield where, f"recipient '{name}' is not described. Add a [[recipient]] with this id."
    if rule.to in rule.copy_to:
        yield where, f"'{rule.to}' is to act and gets a copy as well. Remove it from 'copy'."
    to = definition.recipients.get(rule.to or "")
    if to is not None and to.kind is RecipientKind.PARISH and rule.when.get(PLACE) != (PlaceState.PARISH.value,):
        yield where, "only a place in one parish has a clerk. Add place = \"parish\" to 'when'."


def _recipients(definition: Definition) -> Iterator[Complaint]:
    review = definition.recipients.get(REVIEW)
    if review is None or review.kind is not RecipientKind.TEAM:
        yield "recipient review", 'add a [[recipient]] with id = "review" and kind = "team".'
    copied = {name for rule in definition.rule for name in rule.copy_to}
    for recipient in definition.recipient:
        yield from _recipient(recipient, definition, is_copied=recipient.id in copied)


def _recipient(recipient: Recipient, definition: Definition, *, is_copied: bool) -> Iterator[Complaint]:
    where = f"recipient {recipient.id}"
    if recipient.kind is RecipientKind.PARISH:
        fallback = definition.recipients.get(recipient.fallback or "")
        if fallback is None or fallback.kind is not RecipientKind.TEAM:
            yield where, "a parish may have no clerk who can be reached. Set fallback to a recipient of kind team."
        if recipient.mailbox is not None:
            yield where, "a parish is reached at its clerk's address. Remove mailbox."
    elif recipient.fallback is not None:
        yield where, "a team has no fallback. Remove it."
    if is_copied and recipient.copy_message is None:
        yield where, "a rule sends it a copy. Add copy_message."


def _letters(definition: Definition) -> Iterator[Complaint]:
    for where, text, _ in definition.texts():
        if is_recoded(text):
            yield where, f"{text[:40]!r} was read in another encoding than it was written in. Save the file as UTF-8."
        if holds_unseen(text):
            yield where, f"{text[:40]!a} holds a character that nobody sees. Type it anew."
        if has_stray_brace(text):
            yield where, f"{text[:40]!r} holds a brace that belongs to no placeholder. Write those as {{council.name}}."


def _read_early(definition: Definition) -> frozenset[str]:
    """The questions and signposts that may be read before the place is known."""
    read, waiting, seen = set[str](), [dict[str, str]()], set[frozenset[tuple[str, str]]]()
    while waiting:
        known = waiting.pop()
        found = evaluate(definition, known, None)
        if isinstance(found, Rule):
            read |= {f"signpost {found.signpost}"} if found.signpost is not None else set()
            continue
        if found.what == PLACE:
            continue
        read.add(f"question {found.what}")
        for value in definition.questions[found.what].partitions:
            more = known | {found.what: value}
            if (key := frozenset(more.items())) not in seen:
                seen.add(key)
                waiting.append(more)
    return frozenset(read)


def _placeholders(definition: Definition, lists: frozenset[str]) -> Iterator[Complaint]:
    early = {"process", *_read_early(definition)}
    for where, text, shown in definition.texts():
        for name in sorted(placeholders(text) & ONCE_PLACED) if where in early else ():
            yield where, f"{{{name}}} is known only once the place is, and this may be read before. Leave it out."
        for name in unknown_placeholders(text, lists | definition.lists):
            yield where, f"nothing fills the placeholder {{{name}}}. See docs/process-language.md for those that exist."
        for name in sorted(placeholders(text) & ONCE_SENT) if shown.before_sent else ():
            yield where, f"{{{name}}} is known only once a report is sent. Say it in a confirmation or a message."
    if "process.title" in placeholders(definition.process.title):
        yield "process", "the title cannot hold itself. Remove {process.title} from it."
    for post in definition.signpost:
        for link in post.links:
            why = why_no_link(link.url)
            if why is not None:
                yield f"signpost {post.id}", f"the link {link.url[:80]!r} {why}"


def _signposts_first(definition: Definition) -> Iterator[Complaint]:
    first_case: str | None = None
    for rule in definition.rule:
        if rule.to is not None:
            first_case = first_case or rule.id
        elif first_case is not None:
            yield f"rule {rule.id}", f"a signpost stands after the case rule {first_case}. Move it before all cases."


def _whole_table(definition: Definition) -> Iterator[Complaint]:
    """Every combination of answers and place states is decided, and every rule decides at least one."""
    columns = [question.id for question in definition.question] + [PLACE]
    domains = [question.partitions for question in definition.question] + [tuple(s.value for s in TABLE_STATES)]
    if math.prod(len(domain) for domain in domains) > MOST_COMBINATIONS:
        yield "process", f"the table has more than {MOST_COMBINATIONS:,} combinations. Ask fewer questions."
        return
    reached: set[str] = set()
    for values in itertools.product(*domains):
        combination = dict(zip(columns, values, strict=True))
        rule = _first_match(definition, combination)
        if rule is None:
            shown = ", ".join(f"{column} = {value}" for column, value in combination.items())
            yield "rule", f"no rule decides {shown}. Add one, or widen a 'when'."
            return
        reached.add(rule.id)
    for rule in definition.rule:
        if rule.id not in reached:
            yield f"rule {rule.id}", "earlier rules take everything it could decide. Move it up, or remove it."


def _first_match(definition: Definition, combination: Mapping[str, str]) -> Rule | None:
    for rule in definition.rule:
        if all(combination[column] in values for column, values in rule.when.items()):
            return rule
    return None
