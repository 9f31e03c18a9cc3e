"""What an installation keeps to itself on disk."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.errors import ConfigurationError
from routing.private import PREFECT_AUTH, READYZ_AUTH, keep_private, prefect_auth, readyz_auths


def mode(path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_auth_string_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: prefect_auth(folder, {}), range(16)))
    assert len(made) == 1
    (only,) = made
    user, _, password = only.partition(":")
    assert user == "waywarden"
    assert len(password) >= 32
    assert (mode(folder), mode(folder / PREFECT_AUTH)) == (0o700, 0o600)
    assert [path.name for path in folder.iterdir()] == [PREFECT_AUTH]


@pytest.mark.parametrize("name", ["PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"])
def test_what_was_set_for_prefect_counts_and_nothing_is_written(tmp_path, name):
    assert prefect_auth(tmp_path, {name: "admin:given"}) == "admin:given"
    assert list(tmp_path.iterdir()) == []


def test_a_string_that_others_can_read_is_refused(tmp_path):
    prefect_auth(tmp_path, {})
    (tmp_path / PREFECT_AUTH).chmod(0o644)
    with pytest.raises(ConfigurationError, match="Other users can read the file"):
        prefect_auth(tmp_path, {})


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / PREFECT_AUTH).touch(mode=0o600)
    with pytest.raises(ConfigurationError, match="is empty"):
        prefect_auth(tmp_path, {})


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / PREFECT_AUTH).touch(mode=0o600)
    (tmp_path / PREFECT_AUTH).write_bytes(b"waywarden:\xff\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        prefect_auth(tmp_path, {})


def test_the_data_directory_and_every_file_in_it_are_closed_to_others(tmp_path):
    folder = tmp_path / "data"
    for name in ("logs/web.log", "mailbox/messages.jsonl", "postgres/data/PG_VERSION"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
        (folder / name).chmod(0o644)
    (folder / "run").symlink_to(tmp_path)
    before = mode(tmp_path)
    keep_private(folder)
    mine = [
        path for path in folder.rglob("*") if "data" not in path.relative_to(folder).parts and not path.is_symlink()
    ]
    assert {path.name: mode(path) & 0o077 for path in [folder, *mine]} == dict.fromkeys(
        ["data", "logs", "web.log", "mailbox", "messages.jsonl", "postgres"], 0
    )
    assert mode(tmp_path) == before, "a link is not followed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_cannot_read_the_string(tmp_path):
    import subprocess

    folder = tmp_path / "data"
    prefect_auth(folder, {})
    tmp_path.chmod(0o755)
    done = subprocess.run(["/bin/cat", str(folder / PREFECT_AUTH)], user=65534, group=65534, extra_groups=[],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode != 0
    assert "waywarden" not in done.stdout


class TestTheStringOfReadyz:
    def test_is_kept_in_a_private_file_and_is_the_same_wherever_prefects_is(self, tmp_path):
        here, there = tmp_path / "here", tmp_path / "there"
        there.mkdir()
        string, prefects = readyz_auths(here, {})
        assert prefects == prefect_auth(here, {})
        assert (here / READYZ_AUTH).read_text() == f"{string}\n"
        assert (here / READYZ_AUTH).stat().st_mode & 0o777 == 0o600
        assert readyz_auths(there, {"PREFECT_API_AUTH_STRING": prefects}) == (string, prefects)
        assert not (there / PREFECT_AUTH).exists()

    def test_does_not_show_prefects(self, tmp_path):
        string, prefects = readyz_auths(tmp_path, {})
        assert prefects.partition(":")[2] not in string
        assert len(string.partition(":")[2]) == 64

    def test_alone_is_enough_for_a_web_that_is_not_to_hold_prefects(self, tmp_path):
        (tmp_path / READYZ_AUTH).touch(mode=0o600)
        (tmp_path / READYZ_AUTH).write_text("waywarden:copied\n")
        assert readyz_auths(tmp_path, {}) == ("waywarden:copied",)
        assert not (tmp_path / PREFECT_AUTH).exists()

    def test_changes_with_prefects(self, tmp_path):
        first, _ = readyz_auths(tmp_path, {})
        (tmp_path / PREFECT_AUTH).unlink()
        prefect_auth(tmp_path, {})
        second, _ = readyz_auths(tmp_path, {})
        assert second != first
        assert (tmp_path / READYZ_AUTH).read_text() == f"{second}\n"

    def test_that_others_can_read_is_refused(self, tmp_path):
        (tmp_path / READYZ_AUTH).write_text("waywarden:copied\n")
        (tmp_path / READYZ_AUTH).chmod(0o644)
        with pytest.raises(ConfigurationError, match="Other users"):
            readyz_auths(tmp_path, {})
