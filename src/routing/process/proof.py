"""Check a definition: everything that must be right before it can decide a report."""

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
"""Most combinations of answers and places in a table, because the checks try all of them."""

PAGES = frozenset({PLACE, "details", "contact", "check", "which", "result", "similar", "map", "stretch"})
"""Pages that every journey has; ``place`` is also the column of the look-up."""

FIELDS = frozenset({"csrf", "seen", "council", "leave_empty"})
"""Fields in the form of every page. A question's field has its id as name."""

Complaint = tuple[str, str]
"""Where to change something, and what."""


def prove(definition: Definition, source: str, lines: Mapping[str, int], lists: frozenset[str]) -> None:
    """Refuse a definition that leaves a combination undecided, has a hidden rule, or names something missing.

    Args:
        lines: ``rule R07`` → line number, for the error.
        lists: names of council lists that a text may use.

    Raises:
        DefinitionError: the first error.
    """
    complaints = itertools.chain(
        _letters(definition),
        _names(definition),
        _questions(definition),
        _references(definition),
        _placeholders(definition, lists),  # uses the table, so everything that the table names must exist
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
                yield f"{kind} {name}", f"{count} tables have this id. Give each a different id."


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
                yield where, f"when.{column} is an empty list and never matches. Remove it or add values."
        yield from _outcome(rule, where, definition)


def _outcome(rule: Rule, where: str, definition: Definition) -> Iterator[Complaint]:
    if (rule.signpost is None) == (rule.to is None):
        yield where, "set either 'signpost' or 'to'."
    if rule.signpost is not None and rule.signpost not in definition.signposts:
        yield where, _no_such("signpost", rule.signpost, definition.signposts)
    if rule.signpost is not None and rule.copy_to:
        yield where, "remove 'copy'. A signpost is not a case, so it has no copies."
    for name in (*([rule.to] if rule.to else []), *rule.copy_to):
        if name not in definition.recipients:
            yield where, _no_such("recipient", name, definition.recipients)
    if rule.to in rule.copy_to:
        yield where, f"remove '{rule.to}' from 'copy'. It already gets the report to act on."
    to = definition.recipients.get(rule.to or "")
    if to is not None and to.kind is RecipientKind.PARISH and rule.when.get(PLACE) != (PlaceState.PARISH.value,):
        yield where, "add place = \"parish\" to 'when'. Only a place in one parish has a clerk."


def _no_such(kind: str, name: str, known: Mapping[str, object]) -> str:
    others = f", or use one of {', '.join(known)}" if known else ""
    return f"add a [[{kind}]] with the id '{name}'{others}. There is no '{name}'."


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
            yield where, "set fallback to a recipient of kind team, in case we cannot email the clerk."
        if recipient.mailbox is not None:
            yield where, "remove mailbox. We send to the address of the parish's clerk."
    elif recipient.fallback is not None:
        yield where, "remove fallback. A team has none."
    if is_copied and recipient.copy_message is None:
        yield where, "add copy_message. A rule sends it a copy."


def _letters(definition: Definition) -> Iterator[Complaint]:
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


def _read_early(definition: Definition) -> frozenset[str]:
    """The questions and signposts that a citizen may see before we know the place."""
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


def _signposts_first(definition: Definition) -> Iterator[Complaint]:
    first_case: str | None = None
    for rule in definition.rule:
        if rule.to is not None:
            first_case = first_case or rule.id
        elif first_case is not None:
            yield f"rule {rule.id}", f"move this signpost before all cases. It comes after the case rule {first_case}."


def _whole_table(definition: Definition) -> Iterator[Complaint]:
    """Check that a rule decides every combination of answers and place states, and that every rule decides one."""
    columns = [question.id for question in definition.question] + [PLACE]
    domains = [question.partitions for question in definition.question] + [tuple(s.value for s in TABLE_STATES)]
    if math.prod(len(domain) for domain in domains) > MOST_COMBINATIONS:
        yield "process", f"ask fewer questions. The table has more than {MOST_COMBINATIONS:,} combinations."
        return
    reached: set[str] = set()
    for values in itertools.product(*domains):
        combination = dict(zip(columns, values, strict=True))
        rule = _first_match(definition, combination)
        if rule is None:
            shown = ", ".join(f"{column} = {value}" for column, value in combination.items())
            yield "rule", f"add a rule for {shown}, or extend a 'when'. No rule decides this."
            return
        reached.add(rule.id)
    for rule in definition.rule:
        if rule.id not in reached:
            yield f"rule {rule.id}", "move it up, or remove it. Earlier rules decide everything it could."


def _first_match(definition: Definition, combination: Mapping[str, str]) -> Rule | None:
    for rule in definition.rule:
        if all(combination[column] in values for column, values in rule.when.items()):
            return rule
    return None
