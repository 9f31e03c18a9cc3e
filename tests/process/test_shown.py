"""The one list of texts that a person can read: nothing is missing from it, all is proved, all is filled."""

import typing
from collections.abc import Mapping

import pytest
from pydantic import BaseModel

from routing.errors import DefinitionError
from routing.process import Definition, filled, parse, read_stored
from routing.process.kinds import BaseQuestion
from routing.process.kinds.choice import ChoiceQuestion
from routing.process.links import why_no_link
from routing.process.shown import changed, part_fields, shown_fields
from routing.process.translation import CITIZENS
from tests.conftest import PLAIN
from tests.present import present

TEXT = (PLAIN / "processes" / "speeding-traffic" / "process.toml").read_text()
NOT_SHOWN = {
    "Definition": ("sha256", "text", "scope"),
    "About": ("slug", "version"),
    "BaseQuestion": ("id", "only_if_council_lists", "otherwise", "kind"),
    "Band": ("value",),
    "Choice": ("value",),
    "Recipient": ("id", "fallback", "mailbox", "first_stage"),
    "Signpost": ("id",),
    "Link": ("url",),
    "Rule": ("id", "signpost", "to", "source", "stage"),
    "Stage": ("id", "source", "clock", "who", "not_by"),
    "Due": ("late", "after", "before"),
    "FieldAgain": ("again",),
    "Outcome": ("id", "next", "end", "otherwise", "letter"),
    "End": ("id", "holds_until"),
    "Renew": ("letter",),
    "Letter": ("id", "to"),
    "Fee": ("id", "page", "amount_of"),
    "FeeAmount": ("pounds",),
    "Example": ("id",),
    "ExampleStep": ("by", "bounce"),
    "Expected": ("end", "letters", "outcomes"),
}
"""Texts that are read by programs, or that name where something is written; all others are for people."""


def kinds(kind: type[BaseModel] = Definition):
    yield kind
    for parts in part_fields(kind).values():
        for part in parts:
            yield from kinds(part)


def holds_text(hint: object) -> bool:
    if typing.get_origin(hint) is Mapping:
        return False
    return hint is str or typing.get_origin(hint) is typing.Literal or any(map(holds_text, typing.get_args(hint)))


def test_every_text_of_every_part_is_for_people_or_is_not():
    for kind in kinds():
        family = "BaseQuestion" if issubclass(kind, BaseQuestion) else kind.__name__
        texts = {
            name for name, field in kind.model_fields.items() if holds_text(field.annotation) and name != "copy_to"
        } | ({"kind"} if issubclass(kind, BaseQuestion) else set())
        shown = set(shown_fields(kind))
        assert texts - shown == set(NOT_SHOWN.get(family, ())), kind
        assert shown.isdisjoint(NOT_SHOWN.get(family, ())), kind


def test_what_citizens_read_is_translated_and_nothing_else():
    asked = {"ask", "error", "hint", "unit"}
    assert {name: set(texts) for name, texts in CITIZENS.items()} == {
        "process": {"title", "start", "warning", "noun", "lawful_basis", "privacy"},
        "question": asked,
        "choices": {"label"},
        "details": {"ask", "hint"},
        "recipient": {"title", "confirmation"},
        "signpost": {"title", "text"},
        "links": {"label"},
        "stage": {"task", "title"},
        "field": asked,
        "end": {"title"},
        "letter": {"subject", "text"},
    }


PLACES = {
    "a title": 'title = "Report speeding traffic"',
    "a start page": "Tell us where vehicles go too fast.",
    "a warning": "Call 999 if someone is in danger now,",
    "a question": 'ask = "What is happening?"',
    "a hint": 'hint = "National Highways looks after motorways',
    "an error": 'error = "Select what is happening',
    "the label of a choice": 'label = "Vehicles often go too fast',
    "what is asked for details": 'ask = "Tell us more',
    "the hint of details": 'hint = "Do not include names',
    "a confirmation": 'confirmation = "We have sent your report',
    "a subject": 'subject = "',
    "an opening": 'opening = "',
    "a step": 'next_steps = ["Check the',
    "the title of a signpost": 'title = "Call 999',
    "the label of a link": 'label = "Contact the police',
    "a reason": 'because = "',
}


@pytest.mark.parametrize("name", PLACES)
def test_a_placeholder_that_nothing_fills_is_refused_wherever_it_stands(name):
    old = PLACES[name]
    if old not in TEXT:
        pytest.fail(f"{old!r} stands nowhere in the process any more")
    is_whole = old.endswith('"') and not old.endswith(' = "')
    new = f'{old[:-1]} {{nobody.knows}}"' if is_whole else f"{old}{{nobody.knows}} "
    with pytest.raises(DefinitionError, match=r"there is no placeholder \{nobody.knows\}"):
        parse(TEXT.replace(old, new, 1), "process.toml")


def test_a_reference_is_not_known_before_a_report_is_sent():
    text = TEXT.replace('ask = "What is happening?"', 'ask = "What is happening, {reference}?"', 1)
    with pytest.raises(DefinitionError, match=r"question nature .*\{reference\} has no value before a report is sent"):
        parse(text, "process.toml")


def test_a_title_cannot_hold_itself():
    with pytest.raises(DefinitionError, match="A title cannot contain itself"):
        parse(TEXT.replace('title = "Report speeding traffic"', 'title = "{process.title}"', 1), "process.toml")


def test_every_text_is_filled_and_what_is_looked_up_in_it_too():
    marked = changed(parse(TEXT, "process.toml"), lambda text, _: f"{text} {{council.name}}")
    marked = marked.with_parts({})
    words = dict.fromkeys(
        (
            "process.title",
            "council.trunk_roads",
            "reply_within_working_days",
            "reference",
            "place.name",
            "place.district",
            "parish_council",
        ),
        "x",
    )
    full = filled(marked, words | {"council.name": "Testshire"})
    texts = [text for _, text, _ in full.every_text()]
    assert len(texts) == len(list(marked.every_text())) > 80
    assert all(text.endswith(" Testshire") and "{" not in text for text in texts)
    assert full.questions["nature"].hint is None
    nature = full.questions["nature"]
    assert isinstance(nature, ChoiceQuestion)
    assert nature.choices[0].label.endswith(" Testshire")
    assert present(full.recipients["review"].confirmation).endswith(" Testshire")
    assert (full.version, full.rule[0].source) == (marked.version, marked.rule[0].source)


def test_a_definition_without_placeholders_is_the_very_same():
    definition = changed(parse(TEXT, "process.toml"), lambda text, _: text.replace("{", "").replace("}", ""))
    assert filled(definition, {}) is definition


def test_a_stored_definition_is_read_as_it_was_proved_then():
    text = TEXT.replace('hint = "National', 'hint = "{nobody.knows} National', 1).replace(
        "https://www.police.uk/pu", "ftp://x/", 1
    )
    with pytest.raises(DefinitionError):
        parse(text, "process.toml")
    stored = read_stored(text, "stored")
    assert present(filled(stored, {"council.name": "x"}).questions["road"].hint).startswith("{nobody.knows} National")
    with pytest.raises(DefinitionError, match="the stored definition cannot be read"):
        read_stored(TEXT.replace("[details]", "[detail]"), "stored")


LINKS = {
    "https://www.police.uk/pu/contact-us/?a=1#b": True, "http://x.example": True, "https://x.example:8443/": True,
    "tel:999": True, "tel:+44-1632-960000": True, "tel:01632960000": True, "mailto:team@x.example": True,
    "mailto:team@x.example?subject=Hello": True,
    "www.police.uk": False, "javascript:alert(1)": False, "data:text/html,x": False, "ftp://x.example/": False,
    "https://": False, "https:///x": False, "https://a b.example/": False, "https://user:word@x.example/": False,
    "https://x.example:99999/": False, "https://[::1": False, "tel:call us": False, "tel:": False, "mailto:": False,
    "mailto:nobody": False, "mailto:a@x.example,b@x.example": False, "HTTPS://x.example/": True, " https://x.example": False,
    "https://{council.name}/": False, "//x.example": False, "https://x.example/{council.name}/": False, 'https://x.example/"a"': False,
    "https://x.example/[1]?a=b;c,d&e=%20'()*~": True, "": False, "\u0455https://x.example": False,
}  # fmt: skip


@pytest.mark.parametrize("url", LINKS)
def test_a_link_leads_to_a_page_a_telephone_or_a_mailbox(url):
    assert (why_no_link(url) is None) is LINKS[url]


def test_a_link_that_is_none_is_refused_by_its_signpost():
    with pytest.raises(
        DefinitionError, match=r"signpost .*'javascript:alert\(1\)' does not begin with https: or http:"
    ):
        parse(TEXT.replace("https://www.police.uk/pu/contact-us/", "javascript:alert(1)", 1), "process.toml")


KEYS = {
    "no place": ("[process]\n", '[process]\nplace = "none"\n', "remove place from 'when'. The process has no place"),
    "a key of a question": (
        'id = "nature"\n', 'id = "nature"\nbands = 2\n',
        r"question nature .*bands: use one of these keys: id, ask, error, hint, .*, choices, kind",
    ),
    "a misspelt key": ("because = ", "becuase = ", "becuase: write because, or use one of these keys: id, when, signpost, to, stage"),
    "nearby": ('nearby = "ask"', 'nearby = "always"', "nearby: use one of 'ask', 'off'"),
    "sensitive": ('id = "nature"\n', 'id = "nature"\nsensitive = "very"\n', "sensitive: write true or false, without quotes, not 'very'"),
    "a number as text": ("reporter_days = 180", 'reporter_days = "180"', "reporter_days: write a whole number, without quotes, not '180'"),
    "no retention": ("[retention]", "[retentions]", "retentions: write retention, or use one of these keys"),
    "a mailbox of a parish": ('kind = "parish"\n', 'kind = "parish"\nmailbox = "x-team"\n', "We send to the address of the parish's clerk"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_what_the_language_cannot_say_is_told_with_what_it_can(name):
    old, new, said = KEYS[name]
    assert old in TEXT
    with pytest.raises(DefinitionError, match=said):
        parse(TEXT.replace(old, new, 1), "process.toml")


LETTERS = {
    "a brace that is not closed": ("{council.name", "contains a brace outside a placeholder"),
    "two braces": ("{{council.name}}", "contains a brace outside a placeholder"),
    "a brace alone": ("}", "contains a brace outside a placeholder"),
    "a mark that turns the text": ("\u202e", "contains an invisible character"),
    "a blank of no width": ("a\u200bb", "contains an invisible character"),
    "another encoding": ("Llang\u00c3\u00b4n", "is not readable, because of a wrong encoding"),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_text_that_nobody_could_read_so_is_refused(name):
    more, why = LETTERS[name]
    old = 'hint = "National'
    assert old in TEXT
    with pytest.raises(DefinitionError, match=why):
        parse(TEXT.replace(old, f'hint = "{more} National', 1), "process.toml")


def test_a_rule_that_names_no_question_is_told_by_its_line():
    old = 'when = { nature = "danger"'
    assert old in TEXT
    with pytest.raises(
        DefinitionError, match=r"rule \w+ \(line \d+\): when.natur is not a question. Use one of nature"
    ):
        parse(TEXT.replace(old, 'when = { natur = "danger"', 1), "process.toml")


@pytest.mark.parametrize("name", ["place.name", "place.district", "parish_council"])
def test_what_is_known_of_a_place_stands_in_no_text_that_may_be_read_before(name):
    early = TEXT.replace('hint = "National', f'hint = "{{{name}}} National', 1)
    with pytest.raises(DefinitionError, match="has no value before we know the place"):
        parse(early, "process.toml")
    post = TEXT.replace('title = "Call 999 now"', f'title = "Call 999 now in {{{name}}}"', 1)
    with pytest.raises(DefinitionError, match=r"signpost emergency .* has no value before we know the place"):
        parse(post, "process.toml")
    ask = 'ask = "What is the speed limit there?"'
    assert ask in TEXT
    parse(TEXT.replace(ask, f'ask = "What is the speed limit in {{{name}}}?"', 1), "process.toml")
