"""A small part of the campaign, and that the campaign sees what it looks for."""

import os
import signal

import pytest

from routing.errors import InputError
from tests.fuzz.campaign import run, shares
from tests.fuzz.mutate import of_json
from tests.fuzz.reader import Folder, Outcome, Reader, judge, make_input, need_storable, seeds_of
from tests.fuzz.readers import READERS

pytestmark = pytest.mark.thorough

SEED = 26
MS_EACH = 60.0
BY_NAME = {reader.name: reader for reader in READERS}


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


@pytest.mark.parametrize("name", BY_NAME)
def test_a_reader_reads_what_it_should(name, folder):
    outcomes = [judge(BY_NAME[name], seed, folder.empty()) for seed in seeds_of(BY_NAME[name])]
    assert any(outcome is Outcome.ACCEPTED for outcome, _ in outcomes), outcomes
    assert not any(failure for _, failure in outcomes)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_reader_takes_mutated_input_or_refuses_it(name, folder):
    reader = BY_NAME[name]
    for number in range(max(5, int(MS_EACH / reader.cost_ms))):
        content = make_input(reader, SEED, number)
        _, failure = judge(reader, content, folder.empty())
        assert failure is None, f"python -m tests.fuzz --reader {name} --seed {SEED} --replay {number}\n{failure.text}"


@pytest.mark.parametrize("name", BY_NAME)
def test_an_input_follows_from_reader_seed_and_number(name):
    reader = BY_NAME[name]
    assert reader.seeds() == seeds_of(reader)
    first = [make_input(reader, SEED, number) for number in range(3)]
    assert [make_input(reader, SEED, number) for number in range(3)] == first
    assert [make_input(reader, SEED + 1, number) for number in range(3)] != first


def test_readers_have_names_of_their_own():
    assert len(BY_NAME) == len(READERS)


def test_what_is_dear_gets_fewer_inputs_and_all_of_them_come_to_the_number_that_was_asked_for():
    counts = shares(READERS, 100_000)
    assert sum(counts.values()) == pytest.approx(100_000, abs=len(READERS))
    assert counts["geopackage"] < counts["council"] < counts["point"]


def refuse(content, folder):
    raise InputError("x", "Send another one.")


def crash(content, folder):
    if int(content) == 7:
        os.kill(os.getpid(), signal.SIGKILL)


def never_end(content, folder):
    while int(content) == 7:
        pass


def spin(content, folder):
    for _ in range(3_000_000 if int(content) == 7 else 0):
        pass


def break_down(content, folder):
    if int(content) == 7:
        raise IndexError(content)


def accept_nothing_storable(content, folder):
    need_storable({"name": ["\0"]})


@pytest.fixture
def campaign(monkeypatch):
    """Run a reader on the numbers 0 to 19, in processes of their own."""
    monkeypatch.setattr("tests.fuzz.campaign.make_input", lambda reader, seed, number: str(number).encode())

    def run_one(read, most_cpu_s=5.0):
        reader = Reader("one", list, read, most_cpu_s=most_cpu_s)
        (tally,) = run([reader], 20, 1, 1.0, 2, lambda line: None)
        return tally

    return run_one


# Python 3.12 warns of a fork where a library, such as one for linear algebra, has threads.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    ("read", "kind", "most_cpu_s"),
    [
        (break_down, "IndexError at test_fuzz.py", 5.0),
        (crash, "the process ended with -9", 5.0),
        (spin, "slow", 0.01),
        pytest.param(never_end, "the process ended with -24", 0.1, marks=pytest.mark.thorough),
    ],
)
def test_what_goes_wrong_with_one_input_is_one_failure_and_the_others_are_tried(campaign, read, kind, most_cpu_s):
    tally = campaign(read, most_cpu_s)
    assert (tally.inputs, tally.accepted, tally.failed) == (20, 19, 1)
    ((said, (numbers, _)),) = tally.failures.items()
    assert said.startswith(kind)
    assert numbers == [7]


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_refusals_are_counted_and_what_no_database_takes_is_a_failure(campaign):
    assert campaign(refuse).refused == 20
    assert campaign(accept_nothing_storable).failed == 20


def test_a_mutated_document_need_not_be_one_that_python_would_write():
    reader = Reader("json", lambda: [b'{"a": [1, 2]}'], lambda content, folder: None, of_json)
    made = {make_input(reader, SEED, number) for number in range(300)}
    assert len(made) > 200
    assert any(b"9" * 4_301 in each for each in made)
