"""What the language can say and an installation cannot run yet is checked, and refused when a council adopts it."""

import shutil
from pathlib import Path

import pytest

from routing.casework import read_catalogue
from routing.casework.cases.not_yet import NOT_YET as NOT_YET_KEYS
from routing.errors import DefinitionError
from routing.process import parse
from routing.process.about import About
from tests.conftest import PLAIN, ROOT

TEXT = (PLAIN / "processes" / "speeding-traffic" / "process.toml").read_text()
STAGES = (ROOT / "tests" / "process" / "examples" / "missed-bin.toml").read_text()
STAGES = STAGES[: STAGES.index("# --- Played")]
MANAGER = next(part for part in STAGES.split("[[") if 'id = "manager"' in part)
WITHOUT_MANAGER = STAGES.replace(f"[[{MANAGER}", "")
QUESTION = '[[question]]\nid = "more"\nask = "What else?"\nkind = '
NOT_YET = {
    "a flow": (WITHOUT_MANAGER.replace('who = "manager"', 'who = "flow:survey"'), "stage escalated: who: use somebody else than flow:survey."),
    "a photo of a stage": (STAGES.replace('id = "still_full"\nkind = "text"', 'id = "still_full"\nkind = "photo"'), "stage check, field still_full: use another kind than photo."),
    "a photo": (TEXT.replace("[[recipient]]", f'{QUESTION}"photo"\n[[recipient]]', 1), "question more: use another kind than photo."),
    "open standards": (TEXT.replace("[process]", "[process]\npublic = true", 1), "process: remove public."),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_YET)
def test_a_definition_is_checked_and_a_council_that_adopts_it_is_told(name, tmp_path: Path):
    text, said = NOT_YET[name]
    slug = parse(text, "x").slug
    processes, councils = tmp_path / "processes", tmp_path / "councils"
    shutil.copytree(PLAIN / "processes", processes)
    shutil.copytree(PLAIN / "councils", councils)
    (processes / slug).mkdir(exist_ok=True)
    (processes / slug / "process.toml").write_text(text)
    council = councils / "merewold" / "council.toml"
    offered = 'processes = ["speeding-traffic", "overgrown-hedge"]'
    assert offered in council.read_text()
    council.write_text(council.read_text().replace(offered, f'processes = ["{slug}", "overgrown-hedge"]'))
    with pytest.raises(DefinitionError) as refused:
        read_catalogue(councils, processes)
    assert said in str(refused.value)
    assert "This version checks it, and a later version runs it." in str(refused.value)


def test_every_key_of_the_head_is_followed_or_refused():
    followed = {
        "slug", "title", "version", "start", "warning", "reply_within_working_days", "nearby", "lawful_basis", "noun", "place",
        "contact", "working_days_of", "withdraw", "privacy",
    }  # fmt: skip
    assert set(About.model_fields) == followed | set(NOT_YET_KEYS)
