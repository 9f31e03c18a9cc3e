"""Write docs/process.schema.json: the JSON Schema of process.toml, from the models, so that editors complete the file.

The editor extension *Even Better TOML* reads it from a first line in the file: ``#:schema PATH-OR-URL``.
"""

import json
from pathlib import Path
from typing import Any

from routing.process import Definition

FILE = Path(__file__).parent.parent / "docs" / "process.schema.json"
NOT_IN_A_FILE = ("sha256", "text", "scope")


def write() -> str:
    """The schema as text."""
    schema: dict[str, Any] = Definition.model_json_schema(by_alias=True)
    for name in NOT_IN_A_FILE:
        del schema["properties"][name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "process.toml of Waywarden"}
    return json.dumps(head | {name: part for name, part in schema.items() if name != "title"}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(write())
