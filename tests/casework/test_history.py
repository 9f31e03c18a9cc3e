"""A history that somebody altered, cut off or deleted is noticed: by its own chain, its report, the day's anchor, the file."""

import datetime

import pytest

from routing import casework
from routing.private import append_anchors, read_anchors, restored_line
from tests.casework.factory import decided, submit

TODAY = datetime.datetime.now(datetime.UTC).date()
TOMORROW = TODAY + datetime.timedelta(days=1)


@pytest.fixture
def tampered(database):
    """Do to the histories what only an owner of the database could."""

    def do(statement: str, *values: object) -> list[str]:
        with database.transaction() as tx:
            tx.execute("SET LOCAL session_replication_role = replica")
            tx.execute(statement, values)
        return problems(database)

    return do


def problems(database, elsewhere=()) -> list[str]:
    with database.transaction() as tx:
        _, broken = casework.verify(tx)
        return [each.problem for each in broken + casework.verify_anchors(tx, elsewhere)]


def anchor(database):
    with database.transaction() as tx:
        return casework.anchor(tx, TOMORROW)


@pytest.fixture
def receipts(database, catalogue):
    first, _ = decided(database, catalogue)
    return first, submit(database)


def test_one_that_nobody_touched_is_well(database, receipts):
    anchor(database)
    assert problems(database) == []


def test_rows_cut_off_at_its_end_are_missed(receipts, tampered):
    cut = "DELETE FROM history h WHERE report = %s AND sequence = (SELECT max(sequence) FROM history WHERE report = h.report)"
    assert tampered(cut, receipts[0].id) == ["rows after it are missing"]


def test_a_whole_one_that_was_deleted_is_missed(receipts, tampered):
    assert tampered("DELETE FROM history WHERE report = %s", receipts[0].id) == ["its whole history is missing"]


def test_one_of_a_report_that_was_deleted_with_everything_is_missed_by_the_day(database, receipts, tampered):
    anchor(database)
    tampered("DELETE FROM history WHERE report = %s", receipts[1].id)
    (said,) = tampered("DELETE FROM report WHERE id = %s", receipts[1].id)
    assert said.startswith("it had ")


def test_a_chain_that_was_written_anew_fits_its_report_and_not_its_day(database, receipts, tampered):
    anchor(database)
    said = tampered(
        "WITH forged AS (UPDATE history SET actor = 'citizen', hash = sha256('forged'::bytea)"
        " WHERE report = %s RETURNING report, hash) UPDATE report r SET history_hash = f.hash FROM forged f"
        " WHERE f.report = r.id",
        receipts[1].id,
    )
    assert "its rows of history differ from its anchor" in said


def test_anchors_that_were_written_anew_do_not_fit_the_file(database, receipts, tampered, tmp_path):
    made = anchor(database)
    append_anchors(tmp_path, [f"{each.day} {each.rows} {each.sha256.hex()}" for each in made])
    assert problems(database, read_anchors(tmp_path)) == []
    tampered("UPDATE history_anchor SET sha256 = sha256('x'::bytea)")
    assert "its anchor in the file differs from the database" in problems(database, read_anchors(tmp_path))
    tampered("DELETE FROM history_anchor")
    assert problems(database, read_anchors(tmp_path)) == ["its anchor in the file is not in the database"]


@pytest.fixture
def kept(database, receipts, tmp_path):
    """The anchors of yesterday and of three days before, in the file too; the second report is of that day."""
    with database.transaction() as tx:
        tx.execute("SET LOCAL session_replication_role = replica")
        tx.execute("UPDATE history SET at = at - interval '3 days' WHERE report = %s", (receipts[1].id,))
    nightly(database, tmp_path)
    assert len(read_anchors(tmp_path)) == 2
    return tmp_path


def nightly(database, folder):
    """What the flow does."""
    with database.transaction() as tx:
        casework.anchor(tx, TOMORROW, read_anchors(folder))
        missing = casework.not_outside(tx, read_anchors(folder))
    append_anchors(folder, [f"{each.day} {each.rows} {each.sha256.hex()}" for each in missing])


def of_days(database, folder) -> list[str]:
    with database.transaction() as tx:
        return [each.problem for each in casework.verify_anchors(tx, read_anchors(folder))]


FORGED = {
    "with all anchors": "DELETE FROM history_anchor",
    "with its anchor": "DELETE FROM history_anchor WHERE day = (SELECT min(day) FROM history_anchor)",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_report_that_was_deleted_with_the_days_is_missed_after_any_number_of_nights(
    database, receipts, kept, tampered, how
):
    tampered("DELETE FROM history WHERE report = %s", receipts[1].id)
    tampered("DELETE FROM report WHERE id = %s", receipts[1].id)
    tampered(FORGED[how])
    for _ in range(2):
        nightly(database, kept)
        assert any("in the file" in each for each in of_days(database, kept))


def test_a_second_anchor_in_the_file_does_not_replace_the_first(database, kept):
    (first, _), _ = read_anchors(kept)
    append_anchors(kept, [f"{first} 1 00ff"])
    assert of_days(database, kept) == ["the file has a second, different anchor for it"]


def test_rows_that_were_put_into_a_past_day_without_any_are_noticed(receipts, kept, tampered):
    said = tampered("UPDATE history SET at = at - interval '1 day' WHERE report = %s AND sequence = 1", receipts[1].id)
    assert "it had no history but has some now" in said


def test_a_day_that_the_file_lacks_in_its_midst_is_noticed_and_what_is_newer_is_not(database, kept):
    lines = (kept / "anchors.log").read_text().splitlines()
    (kept / "anchors.log").write_text(f"{lines[0]}\n")
    assert of_days(database, kept) == []
    (kept / "anchors.log").write_text(f"{lines[1]}\n")
    assert of_days(database, kept) == ["its anchor in the database is not in the file"]


@pytest.mark.parametrize("torn", [7, 1, 80])
def test_a_night_on_which_the_file_was_not_written_to_its_end_is_made_up_for(database, kept, torn):
    before = (kept / "anchors.log").read_bytes()
    (kept / "anchors.log").write_bytes(before[:-torn])
    assert of_days(database, kept) == []
    nightly(database, kept)
    assert (kept / "anchors.log").read_bytes() == before


def test_days_that_a_restore_took_back_are_anchored_anew(database, kept):
    (first, _), (second, _) = read_anchors(kept)
    with database.transaction() as tx:
        tx.execute("DELETE FROM history_anchor WHERE day = %s", (second,))
    append_anchors(kept, [restored_line(datetime.datetime.now(datetime.UTC), first)])
    assert of_days(database, kept) == []
    nightly(database, kept)
    assert [day for day, _ in read_anchors(kept)] == [first, second]
    assert of_days(database, kept) == []


def test_a_day_is_anchored_once_when_it_is_over_and_chained_to_the_one_before(database, receipts):
    with database.transaction() as tx:
        assert casework.anchor(tx, TODAY) == [], "today is not over"
    with database.transaction() as tx:
        tx.execute("SET LOCAL session_replication_role = replica")
        tx.execute("UPDATE history SET at = at - interval '3 days' WHERE report = %s", (receipts[1].id,))
    first, second = anchor(database)
    assert (second.day - first.day).days == 3
    assert anchor(database) == []
    assert first.rows + second.rows == sum(1 for receipt in receipts for _ in events(database, receipt))


def events(database, receipt):
    with database.transaction() as tx:
        return tx.execute("SELECT 1 FROM history WHERE report = %s", (receipt.id,)).fetchall()


def test_the_file_is_for_nobody_else_and_a_strange_line_in_it_is_named(tmp_path):
    from routing.errors import ConfigurationError

    append_anchors(tmp_path, ["2026-11-27 3 00ff"])
    append_anchors(tmp_path, [])
    assert (tmp_path / "anchors.log").stat().st_mode & 0o077 == 0
    assert read_anchors(tmp_path) == [(datetime.date(2026, 11, 27), "00ff")]
    with (tmp_path / "anchors.log").open("a") as file:
        file.write("nonsense\n")
    with pytest.raises(ConfigurationError, match="line 2"):
        read_anchors(tmp_path)
