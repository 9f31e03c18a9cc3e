"""The JSON Schema of process.toml: what editors complete is what we read."""

import json
import runpy
import tomllib

import jsonschema
import pytest

from tests.conftest import ROOT

FILE = ROOT / "docs" / "process.schema.json"
FILES = [
    *sorted((ROOT / "tests" / "process" / "examples").glob("*.toml")),
    *sorted(ROOT.glob("processes/*/process.toml")),
]


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_it_is_written_from_the_models():
    written = runpy.run_path(str(ROOT / "tools" / "process_schema.py"))["write"]()
    assert FILE.read_text() == written, "write it anew: python tools/process_schema.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_real_process_fits_it(validator, path):
    assert [error.message for error in validator.iter_errors(tomllib.loads(path.read_text()))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('letter = "refused"', 'leter = "refused"'),
        ("working_days = 2", 'working_days = "2"'),
        ('kind = "choices"', 'kind = "some"'),
        ("most_days_ahead = 0", "most_days_ahead = -1"),
        ('id = "crew"', 'id = "The crew"'),
    ],
)
def test_what_we_refuse_for_its_shape_is_marked_in_the_editor(validator, old, new):
    text = (ROOT / "tests" / "process" / "examples" / "missed-bin.toml").read_text()
    assert old in text
    assert list(validator.iter_errors(tomllib.loads(text.replace(old, new, 1))))
