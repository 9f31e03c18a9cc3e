"""``waywarden process walk``: play one case of a definition in the terminal."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from routing.cli.output import echo
from routing.days import at_moment, day_ended_by, in_words, with_time
from routing.errors import InputError
from routing.process import Definition, Needs, evaluate
from routing.process.case import Sent, Taken
from routing.process.conditions import holds
from routing.process.correspondence import case_words, letter_text
from routing.process.fees import amount_of
from routing.process.kinds import BaseQuestion, Given, Refused
from routing.process.kinds.person import PersonQuestion
from routing.process.outline import target_in_words
from routing.process.play import BEGINS, OFFICE, Played, begin
from routing.process.stages import CITIZEN
from routing.process.table import asked_after, table_values
from routing.process.wording import render
from routing.vocabulary import PlaceState

KNOWN = {
    "council.name": "Testshire Council",
    "reference": "WW-7K3M-Q2XD",
    "place.name": "Testley",
    "place.district": "Testshire",
    "parish_council": "Testley Parish Council",
}
PERSON = "Enter the name, a comma, and the address."
HELP = "Enter a number of days that pass, {who}or quit."
DAYS = re.compile(r"([0-9]{1,5})( days?)?", re.IGNORECASE)


def walk(definition: Definition) -> None:
    """Ask the questions, then let days pass and people answer until the case ends or somebody quits."""
    echo(f"It is {with_time(BEGINS)}, a Monday.\n")
    answers, place = _report(definition)
    played = begin(definition, answers, place)
    if played.rule.signpost is not None:
        post = definition.signposts[played.rule.signpost]
        title, text = render(post.title, KNOWN), render(post.text, KNOWN)
        echo(f"\nRule {played.rule.id}: signpost. {title}\n{text}\nWe keep nothing.")
        return
    echo(f"\nRule {played.rule.id}: to {played.rule.to}.")
    if played.state is None:
        echo("The process has no stages for this report: an officer decides and closes it.")
        return
    to = definition.recipients[played.state.recipient]
    if to.confirmation is not None:
        echo(_block("The citizen reads:", render(to.confirmation, _words(played, played.promised))))
    shown = 0
    while True:
        shown = _show(played, shown)
        if played.machine.next_moment(played.state) is None and played.state.entry is None:
            break
        typed = typer.prompt(_help(played), default="quit", show_default=False, prompt_suffix="\n> ").strip()
        if typed == "quit":
            break
        _do(played, typed)


def _help(played: Played) -> str:
    """What can be entered where the case stands."""
    seats = _silent(played)
    who = f"who answers ({', '.join(seats)}), " if seats else ""
    who += "".join(
        f"bounce {seat} (no message reaches them), " for seat in seats if seat in played.definition.recipients
    )
    return HELP.format(who=who)


def _silent(played: Played) -> list[str]:
    """Who is asked and has not answered."""
    entry = played.state.entry if played.state is not None else None
    return [seat for seat in entry.seats if seat not in entry.answers] if entry is not None else []


def _due_day(played: Played) -> datetime.date | None:
    state = played.state
    return None if state is None or state.entry is None else state.deadlines(played.definition, OFFICE).day


def _block(title: str, text: str) -> str:
    """A text for somebody, set apart from our own lines."""
    return "\n".join([title, *(f"    {line}" for line in text.splitlines())])


def _report(definition: Definition) -> tuple[dict[str, Any], PlaceState | None]:
    """Ask as the pages do: what the table needs, then what informs."""
    given = definition.given_on(BEGINS.date(), OFFICE.calendar)
    answers, place = dict[str, Any](), None
    while isinstance(found := evaluate(definition, answers, place, given), Needs):
        if found.what == "place":
            place = _place(definition)
        else:
            answers |= _maybe(definition.questions[found.what], given, _fees(definition, answers, given))
    if found.signpost is None:
        if definition.has_place and place is None:
            place = _place(definition)
        for question in asked_after(definition, answers, given):
            answers |= _maybe(question, given, _fees(definition, answers, given))
    return answers, place


def _fees(definition: Definition, answers: Mapping[str, str], given: Given) -> dict[str, str]:
    """The words of a question: with the amounts of fees, as far as they are known."""
    columns = table_values(definition, answers, given)
    amounts = {f"fee.{fee.id}": amount_of(fee, answers, columns) or "a fee" for fee in definition.fee}
    return KNOWN | amounts | {f"fee.{fee.id}.page": f"the page {fee.page}" for fee in definition.fee}


def _place(definition: Definition) -> PlaceState:
    states = definition.columns["place"]
    while True:
        typed = typer.prompt(f"State of the place ({', '.join(states)})").strip()
        if typed in states:
            return PlaceState(typed)
        echo(f"Use one of: {', '.join(states)}.")


def _maybe(question: BaseQuestion, given: Given, known: Mapping[str, str] = KNOWN) -> dict[str, str]:
    """Ask, also for what can be left empty."""
    answer = _answer(question, given, known)
    return {question.id: answer} if answer is not None else {}


def _answer(question: BaseQuestion, given: Given, known: Mapping[str, str]) -> str | None:
    """Ask until the answer can be taken; its stored form. None if it is left empty and can be."""
    for choice in getattr(question, "choices", ()):
        echo(f"    {choice.value}: {render(choice.label, known)}")
    asked = render(question.ask, known) + ("" if question.needed else " (optional)")
    if question.hint:
        echo(f"    {render(question.hint, known)}")
    if isinstance(question, PersonQuestion):
        echo(f"    {PERSON}")
    while True:
        typed = typer.prompt(asked, default="", show_default=False)
        if question.is_nothing(typed) and not question.needed:
            return None
        read = question.missing if question.is_nothing(typed) else question.read(_object(question, typed), given)
        if not isinstance(read, Refused):
            return read
        echo(f"{read.text}.")


def _object(question: BaseQuestion, typed: str) -> object:
    if isinstance(question, PersonQuestion):
        name, _, address = typed.partition(",")
        return {"name": name, "address": address}
    return typed


def _do(played: Played, typed: str) -> None:
    try:
        if days := DAYS.fullmatch(typed):
            played.pass_days(int(days[1]))
        elif typed.startswith("bounce "):
            played.bounce(typed.removeprefix("bounce ").strip())
        elif typed in played.definition.recipients or typed == CITIZEN:
            played.answer(typed, _fields(played, typed))
        else:
            echo(f"'{typed}' is none of these.")
    except InputError as error:
        echo(f"{error.field}: {error.what_to_do}")


def _fields(played: Played, who: str) -> dict[str, Any]:
    if who not in _silent(played):
        return {}
    assert played.state is not None
    given = Given(played.now.date(), played.calendar)
    said, columns = dict[str, Any](), dict(played.state.columns)
    for question in played.definition.fields_of(played.state.stage_of(played.definition)):
        if holds(question.only_if, columns):
            said |= _maybe(question, given, _words(played, _due_day(played)))
            if question.is_column and question.id in said:
                columns[question.id] = question.partition(said[question.id], given)
    return {name: played.definition.fields[name].to_json(value) for name, value in said.items()}


def _show(played: Played, shown: int) -> int:
    """Print what came since the last time, and where the case stands; returns how much is shown."""
    for each in played.log[shown:]:
        if isinstance(each, Taken):
            echo(f"{_at(each.at)}: {each.name}, {each.by or 'no further answer'}")
        elif isinstance(each, Sent):
            echo(f"{in_words(each.at) if each.is_renewal else _at(each.at)}: {_letter(played, each)}")
        else:
            echo(each)
    for line in _stands(played):
        echo(line)
    return len(played.log)


def _words(played: Played, due: datetime.date | None) -> dict[str, str]:
    assert played.state is not None
    known = KNOWN | {"process.title": played.definition.process.title}
    known |= {f"fee.{fee.id}.page": f"the page {fee.page}" for fee in played.definition.fee}
    return case_words(played.definition, played.state, due, known)


def _letter(played: Played, sent: Sent) -> str:
    if not sent.letter:
        return f"reminder to {sent.to}"
    subject, text = letter_text(played.definition, sent.letter, _words(played, sent.due))
    return _block(f"letter to {sent.to}", f"Subject: {subject}\n\n{text}")


def _stands(played: Played) -> Iterator[str]:
    state = played.state
    assert state is not None
    if state.entry is None:
        title = played.definition.ends[state.end or ""].title
        yield f"\nThe case has ended: {render(title, _words(played, None))}."
        renewal = played.machine.next_moment(state)
        if renewal is not None:
            yield f"The letter before it runs out goes on {in_words(max(renewal.at, played.now))}."
        return
    stage, moments = state.stage_of(played.definition), state.deadlines(played.definition, OFFICE)
    words = _words(played, moments.day)
    yield f"\n{with_time(played.now)}. {render(stage.title, words)}"
    if stage.task is not None:
        yield f"  {', '.join(state.entry.seats)}: {render(stage.task, words)}"
    silence = target_in_words(played.machine.after_silence(state))
    if (unreached := played.unreached) is not None:
        yield f"  Time stands, because no message reaches {unreached}. Officers must see to it."
    elif stage.is_nobodys:
        yield f"  {_capital(at_moment(moments.over))}: {silence}."
    else:
        yield f"  Due by {in_words(moments.day)}. If nobody answers {_by(moments.over)}: {silence}."


def _at(moment: datetime.datetime) -> str:
    """When something happened: a midnight is the end of a day."""
    return with_time(moment) if day_ended_by(moment) is None else _capital(at_moment(moment))


def _by(moment: datetime.datetime) -> str:
    day = day_ended_by(moment)
    return f"by {with_time(moment)}" if day is None else f"by the end of {in_words(day)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
