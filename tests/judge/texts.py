"""The words of every text: each has a value wherever the text is read, and goes only to whom it may go."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.judge.tables import Triage
from tests.judge.values import Raw, is_needed, kind_of
from tests.judge.ways import Known, Ways, meet
from tests.judge.world import CITIZEN, PLACE, World, when_of

WORD = re.compile(r"\{([^{}]*)\}")
NOTHING: Known = (frozenset(), frozenset())
STATES = {
    "parish_council": {"parish"},
    "place.name": {"parish", "unparished"},
    "place.district": {"parish", "unparished", "uncertain", "outside_other"},
}


@dataclass(frozen=True)
class Read:
    """A text where it is read."""

    text: str
    known: Known
    has_reference: bool = True
    has_due: bool = False
    has_until: bool = False
    is_subject: bool = False
    to_third: bool = False


class Texts:
    """All texts of a file with stages."""

    def __init__(self, world: World, triage: Triage) -> None:
        self.world, self.triage = world, triage
        self.lists = {
            asked["only_if_council_lists"] for asked in world.questions.values() if "only_if_council_lists" in asked
        }

    def unreadable(self) -> Iterator[str]:
        """Braces that are around no word."""
        for text in _strings({name: part for name, part in self.world.raw.items() if name != "example"}):
            if "{{" in text or {"{", "}"} & set(WORD.sub("", text)):
                yield text

    def early(self) -> Iterator[str]:
        """What is read before there is a case: only the council, the title, and a place that is known."""
        world, seen = self.world, self._before_place()
        head = [
            world.process.get(name, "") for name in ("title", "start", "warning", "noun", "lawful_basis", "privacy")
        ]
        yield from (text for text in head if not self._is_early(text, has_place=False))
        if WORD.findall(world.process["title"]).count("process.title"):
            yield "title"
        details = world.raw.get("details", {})
        yield from (
            text
            for text in (details.get("ask", ""), details.get("hint", ""))
            if not self._is_early(text, has_place=True)
        )
        for name, asked in world.questions.items():
            for text in question_texts(asked):
                if not self._is_early(text, has_place=name not in seen, fees=self._known_before(name)):
                    yield text
        for name, post in world.signposts.items():
            texts = [post["title"], post["text"], *(link["label"] for link in post.get("links", ()))]
            yield from (text for text in texts if not self._is_early(text, has_place=name not in seen))
            yield from (link["url"] for link in post.get("links", ()) if not leads_somewhere(link["url"]))
        for each in world.recipients.values():
            if not self._is_early(each["title"], has_place=True):
                yield each["title"]

    def _is_early(self, text: str, *, has_place: bool, fees: frozenset[str] | None = None) -> bool:
        for word in WORD.findall(text):
            if word in STATES:
                if not (has_place and self.world.has_place):
                    return False
            elif word.startswith("fee.") and fees is not None:
                fee = self.world.fees.get(word.removeprefix("fee.").removesuffix(".page"))
                if fee is None or (not word.endswith(".page") and reads(fee) - fees):
                    return False
            elif not self._is_everywhere(word):
                return False
        return True

    def _is_everywhere(self, word: str) -> bool:
        return word in ("council.name", "process.title") or (
            word.startswith("council.") and word.removeprefix("council.") in self.lists
        )

    def _before_place(self) -> set[str]:
        """The questions and signposts that some citizen reads before we know the place."""
        found = set[str]()
        for way in self.triage.reports:
            found |= way.early
            if way.rule is not None and PLACE not in way.answers and "signpost" in self.world.rules[way.rule]:
                found.add(self.world.rules[way.rule]["signpost"])
        return found - {PLACE}

    def _known_before(self, question: str) -> frozenset[str]:
        """What every citizen has answered who is asked a question."""
        if question in self.triage.read:
            before = [
                frozenset(list(way.answers)[: list(way.answers).index(question)])
                for way in self.triage.reports
                if question in way.answers
            ]
            return frozenset.intersection(*before) if before else frozenset()
        cases = [
            frozenset(way.answers)
            for way in self.triage.reports
            if way.rule is not None and "to" in self.world.rules[way.rule]
        ]
        found = set(frozenset.intersection(*cases)) if cases else set()
        for asked in self.triage.informing():
            if asked["id"] == question:
                break
            found |= {asked["id"]} if is_needed(asked) and not asked.get("only_if") else set()
        return frozenset(found)

    def late(self, ways: Ways) -> Iterator[tuple[str, str]]:
        """(class, text) of each text of a case with a word that has no value, or that must not be there."""
        for each in self._read(ways):
            for word in sorted(set(WORD.findall(each.text))):
                fault = self._fault(each, word)
                if fault is not None:
                    yield fault, each.text
                    break

    def _read(self, ways: Ways) -> Iterator[Read]:
        world = self.world
        cases = {number: self.triage.known_at(number) for number in self.triage.deciding if "to" in world.rules[number]}
        for number, known in cases.items():
            yield Read(world.rules[number]["because"], known)
        for name in world.recipients:
            yield from self._of_recipient(cases, name)
        for stage in world.stages.values():
            yield from self._of_stage(ways, stage)
        for end in world.ends.values():
            at = ways.at_end(end["id"])
            if at is not None:
                yield Read(end["title"], at)
                if "renew" in end:
                    yield from self._letter(world.letters[end["renew"]["letter"]], at, has_until=True)
        for letter in world.letters.values():
            for _, steps in ways.senders(letter["id"]):
                sent = meet([ways.after(step) for step in steps])
                assert sent is not None
                yield from self._letter(letter, sent, has_due=all(step.to is not None for step in steps))

    def _of_recipient(self, cases: dict[int, Known], name: str) -> Iterator[Read]:
        each, rules = self.world.recipients[name], self.world.rules
        to = meet([known for number, known in cases.items() if rules[number]["to"] == name])
        if to is not None and "confirmation" in each:
            yield Read(each["confirmation"], to, has_due=True)
        copied = meet([known for number, known in cases.items() if name in rules[number].get("copy", ())])
        if copied is not None and "copy_message" in each:
            told: Known = (copied[0], frozenset({"parish"})) if each["kind"] == "parish" else copied
            yield Read(each["copy_message"]["subject"], told, is_subject=True)
            yield Read(each["copy_message"]["opening"], told)

    def _letter(self, letter: Raw, known: Known, *, has_due: bool = False, has_until: bool = False) -> Iterator[Read]:
        third = letter.get("to", CITIZEN).startswith("field:")
        for text in (letter["text"], letter["subject"]):
            yield Read(
                text, known, has_due=has_due, has_until=has_until, is_subject=text is letter["subject"], to_third=third
            )

    def _of_stage(self, ways: Ways, stage: Raw) -> Iterator[Read]:
        known = ways.in_stage(stage["id"])
        if known is None:
            return
        yield Read(stage["title"], known, has_due=True)
        yield Read(stage.get("task", ""), known, has_due=True)
        before = set(known[0])
        for field in self.world.form(stage):
            for text in question_texts(field):
                yield Read(text, (frozenset(before), known[1]), has_due=True)
            before |= {field["id"]} if is_needed(field) and not field.get("only_if") else set()

    def _fault(self, read: Read, word: str) -> str | None:
        if self._is_everywhere(word):
            return None
        if not self._has_value(read, word):
            return "unfilled"
        if word.startswith("fee."):
            fee = self.world.fees.get(word.removeprefix("fee."), {})
            tells = any(self.world.is_personal(name) for name in reads(fee))
            return "privacy" if tells and (read.is_subject or read.to_third) else None
        typed = kind_of(self.world.asked(word) or {}) in ("text", "person") and word in self.world.strangers
        is_personal = self.world.asked(word) is not None and self.world.is_personal(word)
        in_subject = read.is_subject and (typed or is_personal)
        to_third = read.to_third and (typed or (is_personal and word in self.world.strangers))
        return "privacy" if in_subject or to_third else None

    def _has_value(self, read: Read, word: str) -> bool:
        names, places = read.known
        moments = {"reference": read.has_reference, "due": read.has_due, "holds_until": read.has_until}
        if word in moments:
            return moments[word]
        if word in STATES:
            return self.world.has_place and places <= STATES[word]
        if word.startswith("fee."):
            fee = self.world.fees.get(word.removeprefix("fee.").removesuffix(".page"))
            return fee is not None and (word.endswith(".page") or reads(fee) <= names)
        asked = self.world.asked(word)
        return asked is not None and kind_of(asked) != "photo" and word in names


def missing(world: World, ways: Ways) -> Iterator[str]:
    """Former columns, dates of clocks, addressees and dates of ends that nobody has filled in on some way."""
    for stage in world.stages.values():
        known = ways.in_stage(stage["id"])
        if known is None:
            continue
        read = set(ways.forms[stage["id"]].former)
        for due in world.dues(stage):
            read |= set(when_of(due))
            read |= {name for name in (due.get("after"), due.get("before")) if name not in (None, "received")}
        yield from read - known[0]
    for letter in world.letters.values():
        to = letter.get("to", CITIZEN)
        for after in sent(world, ways, letter["id"]):
            if to.startswith("field:") and to.removeprefix("field:") not in after[0]:
                yield to
    for end in world.ends.values():
        at = ways.at_end(end["id"])
        if at is not None and end.get("holds_until", "") not in {"", *at[0]}:
            yield end["id"]


def clerks(world: World, ways: Ways) -> Iterator[str]:
    """A clerk alone is only asked, or written to, where the place is a parish."""
    parishes = {name for name, each in world.recipients.items() if each["kind"] == "parish"}
    for stage in world.stages.values():
        known = ways.in_stage(stage["id"])
        if (
            known is not None
            and len(world.who(stage)) == 1
            and world.who(stage)[0] in parishes
            and known[1] != {"parish"}
        ):
            yield stage["id"]
    for letter in world.letters.values():
        if letter.get("to", CITIZEN) in parishes:
            yield from (letter["id"] for after in sent(world, ways, letter["id"]) if after[1] != {"parish"})


def sent(world: World, ways: Ways, letter: str) -> Iterator[Known]:
    """What is known each time a letter goes: with an outcome, and before a permission of an end runs out."""
    known = [meet([ways.after(step) for step in steps]) for _, steps in ways.senders(letter)]
    known += [ways.at_end(end["id"]) for end in world.ends.values() if end.get("renew", {}).get("letter") == letter]
    yield from (each for each in known if each is not None)


def reads(fee: Raw) -> set[str]:
    """What the amount of a fee depends on."""
    return {name for amount in fee.get("amounts", ()) for name in amount.get("when", {})} | (
        {fee["amount_of"]} if "amount_of" in fee else set()
    )


def question_texts(asked: Raw) -> Iterator[str]:
    yield from (asked[name] for name in ("ask", "hint", "error", "unit") if name in asked)
    yield from (choice["label"] for choice in asked.get("choices", ()))


def leads_somewhere(url: str) -> bool:
    """Whether somebody can follow an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if re.search(r"[^!#-;=?-\[\]_a-z~]", url):
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and "@" not in parts.netloc
    if parts.scheme == "tel":
        return re.fullmatch(r"\+?[0-9][0-9().-]{1,30}", parts.path) is not None
    return parts.scheme == "mailto" and re.fullmatch(r"[^@]+@[^@]+\.[^@]+", parts.path) is not None


UNREAD = {"source", "version", "url", "only_if_council_lists"}
"""Keys whose values nobody reads on a page or in a message."""


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, each in part.items():
            yield from _strings(each) if name not in UNREAD else ()
    elif isinstance(part, list):
        for each in part:
            yield from _strings(each)
