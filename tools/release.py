"""Make what a release consists of, in dist/: wheel, source distribution, SBOM, notes, checksums (``make release``).

Nothing is published and no tag is set: the last lines say how. The version is that of pyproject.toml; the notes are its
section of CHANGELOG.md. Built from one commit, with the same tools, the files are the same byte for byte.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==([^\s;\\]+)", re.MULTILINE)
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+")
SHIPPED_ASSETS = ("govuk-frontend", "leaflet")
"""Packages of npm whose files are in the wheel; the others only build them."""


class NotReady(Exception):
    """Something is missing; says what to do."""


def notes_of(changelog: str, version: str) -> str:
    """The section of a version, without its heading.

    Raises:
        NotReady: there is none, it has no date, or nothing stands in it.
    """
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}\n"
    found = re.search(rf"{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        text = f"CHANGELOG.md has nothing under '## [{version}] - YYYY-MM-DD'. Move there what is under 'Unreleased'."
        raise NotReady(text)
    return found[1].strip() + "\n"


def need_clean(folder: Path, version: str) -> str:
    """The commit that is released.

    Raises:
        NotReady: files differ from it, or the version has a tag already.
    """
    changed = _git(folder, "status", "--porcelain").splitlines()
    if changed:
        raise NotReady(f"{len(changed)} files differ from the last commit. Commit or remove them: {changed[0][3:]}")
    if _git(folder, "tag", "--list", f"v{version}"):
        raise NotReady(f"The tag v{version} exists. Raise the version in pyproject.toml.")
    return _git(folder, "rev-parse", "HEAD")


Pins = set[tuple[str, str]]
"""Name and version. Some packages have several versions, for different versions of Python."""


def pins_of(lock: str) -> Pins:
    """What a lock file pins. A package that is there with extras too counts once."""
    return set(PIN.findall(lock))


def tidied(bom: dict[str, Any], pins: Pins, direct: set[str], assets: dict[str, Any]) -> dict[str, Any]:
    """The SBOM of the lock file: each version of a package once, the product's own dependencies, and its assets.

    Args:
        bom: from cyclonedx-py.
        direct: names of the packages in pyproject.toml.
        assets: package-lock.json of the pages' styles and scripts.

    Raises:
        NotReady: it does not have exactly what the lock file pins.
    """
    components = {(each["name"], each["version"]): each for each in bom["components"]}
    if components.keys() != pins:
        raise NotReady("The SBOM and requirements.lock differ. Write both anew: make lock, then make release.")
    for (name, version), each in components.items():
        each.pop("description", None)  # the line of the lock file
        each["bom-ref"] = each["purl"] = f"pkg:pypi/{name}@{version}"
    own = [each["bom-ref"] for (name, _), each in components.items() if name in direct]
    shipped = [_shipped(assets, name) for name in SHIPPED_ASSETS]
    root = bom["metadata"]["component"]["bom-ref"]
    # Only what we know: a package without an entry here has unknown dependencies, one with an empty entry has none.
    depends = [{"ref": root, "dependsOn": sorted([*own, *(each["bom-ref"] for each in shipped)])}]
    return bom | {"components": [*components.values(), *shipped], "dependencies": depends}


def _shipped(assets: dict[str, Any], name: str) -> dict[str, Any]:
    one = assets["packages"][f"node_modules/{name}"]
    algorithm, _, content = one["integrity"].partition("-")
    purl = f"pkg:npm/{name}@{one['version']}"
    return {
        "bom-ref": purl,
        "hashes": [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(content).hex()}],
        "name": name,
        "purl": purl,
        "type": "library",
        "version": one["version"],
    }


def write_bom(source: Path, to: Path, environment: dict[str, str]) -> None:
    """The SBOM of what an installation from the lock file can have, in CycloneDX 1.6 (JSON)."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    direct = {match[0].lower() for each in project["dependencies"] if (match := REQUIREMENT.match(each))}
    lock = source / "requirements.lock"
    command = ["cyclonedx-py", "requirements", str(lock), "--pyproject", str(source / "pyproject.toml"), "--sv", "1.6"]
    _run([*command, "--output-reproducible", "-o", str(to)], environment)
    assets = json.loads((source / "assets" / "package-lock.json").read_text())
    whole = tidied(json.loads(to.read_text()), pins_of(lock.read_text()), direct, assets)
    to.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n")


def release(to: Path) -> str:
    """Make it from the commit alone, in a copy without anything that is ignored or built; returns the version.

    Raises:
        NotReady: something is missing.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    notes = notes_of((ROOT / "CHANGELOG.md").read_text(), version)
    commit = need_clean(ROOT, version)
    environment = os.environ | {"SOURCE_DATE_EPOCH": _git(ROOT, "show", "--no-patch", "--format=%ct", commit)}
    shutil.rmtree(to, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="waywarden-release-") as copy:
        _git(ROOT, "worktree", "add", "--detach", copy, commit)
        try:
            _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(to), copy], environment)
            write_bom(Path(copy), to / f"waywarden-{version}.cdx.json", environment)
        finally:
            _git(ROOT, "worktree", "remove", "--force", copy)
    (to / f"waywarden-{version}.notes.md").write_text(notes)
    sums = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in sorted(to.iterdir())]
    (to / "SHA256SUMS").write_text("".join(sums))
    return version


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReady(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Make it, and say what was made and what is left to do."""
    try:
        version = release(ROOT / "dist")
    except NotReady as error:
        raise SystemExit(f"No release. {error}") from error
    for each in sorted((ROOT / "dist").iterdir()):
        print(f"dist/{each.name}  {each.stat().st_size:,} bytes")
    print(f"Try the wheel: make wheel-demo WHEEL=dist/waywarden-{version}-py3-none-any.whl")
    print(f"Set the tag: git tag -a v{version} --cleanup=verbatim -F dist/waywarden-{version}.notes.md")


if __name__ == "__main__":
    main()
