"""A poisoned definition cannot be activated: web and engine refuse it before anything is stored."""

import shutil

import pytest

from routing.engine.resources import make_context
from routing.errors import DefinitionError
from routing.web import make_web_context
from tests.conftest import PLAIN

POISON = {
    "a rule that cannot be reached": ('when = { nature = "danger" }', "when = {}"),
    "a message that cannot be written": ("{place.name}", "{reporter.name}"),
    "a recipient that is not there": ('to = "road-safety"', 'to = "nobody"'),
    "no TOML at all": ("[process]", "[process"),
}


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("part", ["web", "engine"])
def test_a_poisoned_definition_is_refused_and_what_was_stored_stays(
    settings, database, catalogue, tmp_path, name, part
):
    with database.transaction() as tx:
        catalogue.store(tx)
        before = tx.execute("SELECT count(*) AS n FROM definition").fetchone()["n"]
    old, new = POISON[name]
    shutil.copytree(PLAIN / "processes", tmp_path / "processes")
    path = tmp_path / "processes" / "speeding-traffic" / "process.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    poisoned = settings.model_copy(update={"processes_dir": tmp_path / "processes", "councils_dir": PLAIN / "councils"})
    with pytest.raises(DefinitionError):
        make_context(poisoned) if part == "engine" else make_web_context(poisoned, "http://reports.example")
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM definition").fetchone()["n"] == before
