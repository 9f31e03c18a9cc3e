"""What the API's own description says of it is so: tried with whatever that description allows, and what it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

EXAMPLES = 40


CONFIG = """
[[operations]]
include-name = "POST /api/reports"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "409", "422"]
"""
"""What a process asks stands in its definition, not in the schema: what fits the one need not fit the other (422), and
the same key with another body is a conflict (409)."""


def test_every_check_of_schemathesis_holds_for_every_operation(web, tmp_path):
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    with web.ctx.database.transaction() as tx:  # an engine that lives, or /readyz rightly says 503
        tx.execute(
            "INSERT INTO heartbeat (engine, prefect_reachable, seen_at) VALUES ('e', true, now() + interval '1 hour')"
        )
    command = [
        str(Path(sys.executable).with_name("st")), "--config-file", str(config), "run", f"{web.url}/openapi.json", "--checks", "all",
        "--max-examples", str(EXAMPLES), "--seed", "26", "--workers", "1", "--no-color",
        "--generation-database", "none", "--warnings", "off",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, cwd=tmp_path, env=os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "operations" in done.stdout.lower()
