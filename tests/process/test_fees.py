"""Fees: the amount follows from the answers, and only texts whose readers' answers are known can name it."""

import pytest

from routing.casework import wording
from routing.errors import DefinitionError
from routing.process import Given, parse
from routing.process.fees import amount_of
from routing.process.letters import Fee, FeeAmount
from routing.working_days import Calendar
from tests.running import FOLDER, catalogue_of, in_days

TEXT = (FOLDER / "parking-permit.toml").read_text()
GIVEN = Given(in_days(0), Calendar())
TABLE = Fee(
    id="x", page="pay", amounts=(FeeAmount(when={"weeks": ("one",)}, pounds="35.00"), FeeAmount(pounds="55.50"))
)


@pytest.mark.parametrize(
    ("fee", "values", "columns", "amount"),
    [
        (TABLE, {}, {"weeks": "one"}, "£35.00"),
        (TABLE, {}, {"weeks": "two"}, "£55.50"),
        (TABLE, {}, {}, None),
        (Fee(id="x", page="pay", amounts=(FeeAmount(pounds="20.00"),)), {}, {}, "£20.00"),
        (Fee(id="x", page="pay", amount_of="quote"), {"quote": "1250"}, {}, "£1,250"),
        (Fee(id="x", page="pay", amount_of="quote"), {}, {}, None),
    ],
)
def test_the_amount_follows_from_the_answers(fee, values, columns, amount):
    assert amount_of(fee, values, columns) == amount


@pytest.fixture(scope="module")
def merewold(tmp_path_factory):
    catalogue = catalogue_of(tmp_path_factory.mktemp("councils"))
    return catalogue.council("merewold"), catalogue.definition("merewold", "parking-permit")


@pytest.mark.parametrize(
    ("answers", "said"), [({"months": "twelve"}, "£55.00"), ({}, "a fee that depends on the answers")]
)
def test_texts_say_the_amount_or_what_it_depends_on(merewold, answers, said):
    assert wording(*merewold, answers=answers, given=GIVEN)["fee.permit"] == said


@pytest.mark.parametrize(
    ("reference", "page"),
    [
        ("", "https://pay.merewold.example/permits"),
        ("WW-7K3M-Q2XD", "https://pay.merewold.example/permits?for=WW-7K3M-Q2XD"),
    ],
)
def test_texts_say_where_it_is_paid_with_our_reference_once_there_is_one(merewold, reference, page):
    assert wording(*merewold, reference=reference)["fee.permit.page"] == page


REFUSED = {
    "to officers who decide": (
        'opening = "Nobody could be found who must act on this."', 'opening = "It costs {fee.permit}."',
        "recipient review (line 62): {fee.permit} cannot stand here. Name a fee in a question, or in a text of a recipient other than review.",
    ),
    "a fee that there is not": (
        "Compare the receipt with {fee.permit.page}.", "Compare it with {fee.other}.",
        "recipient grounds (line 54): there is no placeholder {fee.other} here.",
    ),
    "an amount that is not known": (
        'amounts = [{ when = { months = "six" }, pounds = "35.00" }, { pounds = "55.00" }]', 'amount_of = "miles"',
        "recipient grounds (line 61): {fee.permit} has no value here, because 'miles' is not known on every way. Ask it before.",
    ),
    "on the first page": (
        "to park in your street.", "to park in your street for {fee.permit}.",
        "process (line 3): {fee.permit} cannot stand here.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_whose_reader_may_not_know_it_cannot_name_a_fee(name):
    old, new, says = REFUSED[name]
    assert old in TEXT
    more = '[[question]]\nid = "miles"\nkind = "number"\nask = "How far?"\nunit = "miles"\nneeded = false\n\n[[fee]]'
    text = TEXT.replace(old, new, 1)
    text = text.replace("[[fee]]", more, 1) if "miles" in new else text
    with pytest.raises(DefinitionError) as refused:
        parse(text, "x.toml")
    all_said = (str(refused.value).removeprefix("x.toml: "), *refused.value.others)
    assert any(said.startswith(says) for said in all_said), all_said


def test_a_text_of_who_gets_it_instead_of_a_parish_knows_what_its_rules_know():
    text = (FOLDER / "street-party.toml").read_text()
    fee = '[[fee]]\nid = "closing"\npage = "permits"\namounts = [{ when = { own_street = "yes" }, pounds = "10.00" }, { pounds = "20.00" }]\n\n[[recipient]]'
    told = text.replace("[[recipient]]", fee, 1).replace("The highways team looks at it.", "It costs {fee.closing}.", 1)
    assert parse(told, "x.toml").recipients["highways"].confirmation == "It costs {fee.closing}."
    large = text.replace("[[recipient]]", fee, 1).replace(
        "The parks and grounds team looks at it.", "It costs {fee.closing}.", 1
    )
    with pytest.raises(DefinitionError, match="'own_street' is not known on every way"):
        parse(large, "x.toml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("For information: a street party, {reference}", "A street party, {reference}: {fee.closing}"),
        ("We have told our highways team about a street party in your parish.", "They owe {fee.closing}."),
    ],
)
def test_no_copy_tells_by_a_fee_what_is_about_a_person(old, new):
    text = (FOLDER / "street-party.toml").read_text()
    fee = '[[fee]]\nid = "closing"\npage = "permits"\namounts = [{ when = { own_street = "yes" }, pounds = "10.00" }, { pounds = "20.00" }]\n\n[[recipient]]'
    assert old in text
    with pytest.raises(DefinitionError, match="depends on 'own_street', which says something about a person"):
        parse(text.replace("[[recipient]]", fee, 1).replace(old, new, 1), "x.toml")


ZONE = '[[question]]\nid = "zone"\nask = "In which zone?"\nhint = "It costs {fee.permit}."\nchoices = [{ value = "a", label = "A" }, { value = "b", label = "B" }]\n\n'
ASKS = '[[rule]]\nid = "R0"\nwhen = { {when} }\nto = "review"\nbecause = "b"\nsource = "s"\n\n'


@pytest.mark.parametrize(
    ("when", "is_known"),
    [
        ('months = "six", zone = "a"', True),  # the table asks for the months first, then for the zone
        ('zone = "a"', False),
    ],
)
def test_a_question_of_the_table_can_name_a_fee_by_what_the_table_asks_before(when, is_known):
    head, tail = TEXT.split('[[question]]\nid = "holder"', 1)
    text = f'{head}{ZONE}[[question]]\nid = "holder"{tail}'
    text = text.replace("[[rule]]", ASKS.replace("{when}", when) + "[[rule]]", 1)
    if is_known:
        assert parse(text, "x.toml").questions["zone"].hint == "It costs {fee.permit}."
    else:
        with pytest.raises(DefinitionError, match="'months' is not known on every way"):
            parse(text, "x.toml")
