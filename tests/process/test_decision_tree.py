"""The tree of a table decides what trying every combination decides, and refuses what nobody can read."""

import itertools
import random

import pytest

from routing.errors import DefinitionError
from routing.process import parse
from routing.process.decision_tree import MOST_REMAINDERS, TooTangled, decision_tree, example_of
from tests.process.test_reading import TEXT


def tangled(seed, questions, values, rows, widest):
    """A table of random conditions, each row over up to so many columns."""
    rng = random.Random(seed)
    columns = {f"q{number}": [f"v{each}" for each in range(values)] for number in range(questions)}
    table = []
    for _ in range(rows):
        named = rng.sample(list(columns), rng.randint(1, min(widest, questions)))
        table.append({name: rng.sample(columns[name], rng.randint(1, values - 1)) for name in named})
    return [*table, {}] if rng.random() < 0.5 else table, columns


def first_match(table, values):
    return next((n for n, row in enumerate(table) if all(values[name] in row[name] for name in row)), None)


def every_combination(columns, known):
    domains = [[known[name]] if name in known else values for name, values in columns.items()]
    return [dict(zip(columns, values, strict=True)) for values in itertools.product(*domains)]


def asked_on_the_way(table, columns, values):
    """What is asked of somebody with these answers, as the pages ask: what the first row that can still match needs."""
    known = dict[str, str]()
    while True:
        open_rows = [
            row for row in table if all(known.get(name, values[name]) in row[name] for name in row if name in known)
        ]
        if not open_rows or set(open_rows[0]) <= set(known):
            return frozenset(known)
        asked = min((name for name in open_rows[0] if name not in known), key=list(columns).index)
        known[asked] = values[asked]


@pytest.mark.parametrize("seed", range(120))
def test_the_tree_of_a_table_says_what_trying_every_combination_says(seed):
    rng = random.Random(seed)
    table, columns = tangled(seed, rng.randint(1, 5), rng.randint(2, 4), rng.randint(1, 9), 3)
    tree = decision_tree(table, columns, apart=rng.choice(["", "q0"]))
    decided = {tuple(each.values()): first_match(table, each) for each in every_combination(columns, {})}
    assert tree.deciding == {row for row in decided.values() if row is not None}
    gap = tree.gap()
    assert (gap is None) == (None not in decided.values())
    assert gap is None or {decided[tuple(each.values())] for each in every_combination(columns, gap)} == {None}
    for row in tree.deciding:
        ways = [asked_on_the_way(table, columns, each) for each in every_combination(columns, {})
                if decided[tuple(each.values())] == row]  # fmt: skip
        assert tree.always_asked(row) == frozenset.intersection(*ways)


def test_leaves_are_apart_by_the_value_of_one_column_and_have_an_example():
    table = [{"a": ["x"], "place": ["parish"]}, {"place": ["parish"]}, {}]
    tree = decision_tree(table, {"a": ["x", "y"], "place": ["parish", "off_map"]}, apart="place")
    assert {leaf.apart for leaf in tree.leaves_of(2)} == {"off_map"}
    assert {leaf.apart for leaf in tree.leaves_of(1)} == {"parish"}
    (leaf,) = tree.leaves_of(0)
    assert example_of(leaf) == {"a": "x", "place": "parish"}
    assert tree.always_asked(2) == {"a", "place"}


def test_a_table_that_nobody_can_read_is_refused_with_the_columns_that_make_it_grow():
    table, columns = tangled(0, 16, 6, 30, 8)
    with pytest.raises(TooTangled) as refused:
        decision_tree(table, columns)
    assert refused.value.columns == ("q15", "q11", "q13")


def test_a_large_table_that_is_not_tangled_is_taken():
    table, columns = tangled(2, 16, 6, 30, 8)
    assert 1_000 < len(decision_tree(table, columns).nodes) <= MOST_REMAINDERS


def test_a_definition_with_such_a_table_is_refused_with_what_to_do():
    table, columns = tangled(0, 16, 6, 30, 8)
    letters = {name: f"q_{chr(97 + number)}" for number, name in enumerate(columns)}
    asked = "".join(
        f'[[question]]\nid = "{letters[name]}"\nask = "Q"\nerror = "Select one"\nchoices = ['
        + ", ".join(f'{{ value = "{value}", label = "{value}" }}' for value in values)
        + "]\n"
        for name, values in columns.items()
    )
    rules = "".join(
        f'[[rule]]\nid = "T{number}"\nto = "review"\nbecause = "b"\nsource = "s"\nwhen = {{ '
        + ", ".join(f"{letters[name]} = {list(values)}" for name, values in row.items())
        + " }\n"
        for number, row in enumerate(table)
    ).replace("'", '"')
    head, tail = TEXT.split("[[rule]]", 1)
    with pytest.raises(DefinitionError) as refused:
        parse(f"{head}{asked}{rules}[[rule]]{tail}", "x")
    assert refused.value.message.startswith(
        "ask fewer questions, or split the process. The table has more than 20,000 different remainders. It grows most with q_"
    )


def test_a_clerk_is_judged_by_what_a_rule_decides_and_not_by_its_words():
    """Every uncertain place is decided before rule R12."""
    parse(TEXT.replace('place = "parish" }', 'place = ["parish", "uncertain"] }', 1), "x")


def test_a_rule_that_sends_to_a_clerk_elsewhere_is_refused_with_what_it_also_decides():
    text = TEXT.replace(
        'when = { place = "off_map" }\nto = "review"', 'when = { place = "off_map" }\nto = "parish-clerk"'
    )
    assert text != TEXT
    with pytest.raises(DefinitionError) as refused:
        parse(text, "x")
    assert refused.value.where.startswith("rule P02 (line ")
    assert "It also decides nature = " in refused.value.message
    assert "place = off_map. Only a place in one parish has a clerk." in refused.value.message
