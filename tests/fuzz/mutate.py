"""Spoiling an input: its bytes, whatever it is, and the structure of what it holds."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.tokens import BYTES, JSON_VALUES, TEXTS, TOML_VALUES

LARGEST = 400_000
"""Bytes of an input: what is larger costs time and shows nothing new."""

Structure = Callable[[Random, bytes], bytes]
"""Spoils what a valid input holds."""


def spoil(rng: Random, content: bytes, other: bytes) -> bytes:
    """Change the bytes of an input in one to four places."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        content = rng.choice(BYTE_WISE)(rng, content, other)[:LARGEST]
    return content


def _flip(rng: Random, content: bytes, _other: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8)) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _overwrite(rng: Random, content: bytes, _other: bytes) -> bytes:
    at, token = rng.randrange(len(content) + 1), rng.choice(BYTES)
    return content[:at] + token + content[at + len(token) :]


def _insert(rng: Random, content: bytes, _other: bytes) -> bytes:
    at = rng.choice((0, len(content), rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)))
    return content[:at] + rng.choice(BYTES) + content[at:]


def _cut(rng: Random, content: bytes, _other: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _piece(rng: Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 4, 16, 64, 1_000)))


def _remove(rng: Random, content: bytes, _other: bytes) -> bytes:
    start, end = _piece(rng, content)
    return content[:start] + content[end:]


def _repeat(rng: Random, content: bytes, _other: bytes) -> bytes:
    start, end = _piece(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 10, 300)) + content[end:]


def _splice(rng: Random, content: bytes, other: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


def _encode(rng: Random, content: bytes, _other: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    how = rng.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-8-sig", "utf-7"))
    return text.encode(how, "replace")


BYTE_WISE = (_flip, _flip, _overwrite, _insert, _insert, _cut, _remove, _repeat, _splice, _encode)


def of_json(rng: Random, content: bytes) -> bytes:
    """Replace, drop, double, wrap and rename parts of a JSON document."""
    whole, raw = json.loads(content), {}
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        holder, key = rng.choice(_places(whole)) if _places(whole) else ([whole], 0)
        mark = f"@@{number}@@"
        how = rng.randrange(8)
        if how == 0:
            del holder[key]
        elif how == 1:
            holder[key] = [holder[key]]
        elif how == 2:
            holder[key] = {"a": holder[key]}
        elif how == 3 and isinstance(holder, dict):
            holder[rng.choice(TEXTS[:60])] = holder.pop(key)
        elif how == 4 and isinstance(holder, list):
            holder.insert(key, holder[key])
        else:
            holder[key] = mark
            raw[f'"{mark}"'] = rng.choice(JSON_VALUES)
    text = json.dumps(whole, ensure_ascii=rng.random() < 0.5)
    for mark, value in raw.items():
        text = text.replace(mark, value)
    return text.encode("utf-8", "surrogatepass")


def _places(whole: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and under which key."""
    found, left = [], [whole]
    while left:
        holder = left.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else []
        found += [(holder, key) for key in keys]
        left += [holder[key] for key in keys]
    return found


VALUE = re.compile(r"^(\s*[\w.\"-]+\s*=\s*)(.*)$")
INNER = re.compile(r'(= )("[^"]*"|\d+)')


def of_toml(rng: Random, content: bytes) -> bytes:
    """Replace values of a TOML file, and drop, double and move its lines."""
    lines = content.decode().split("\n")
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at, how = rng.randrange(len(lines)), rng.randrange(8)
        if how == 0:
            lines.insert(at, rng.choice(lines))
        elif how == 1 and len(lines) > 1:
            del lines[at]
        elif how == 2:
            lines.insert(at, lines.pop(rng.randrange(len(lines))))
        else:
            at = rng.choice([n for n, line in enumerate(lines) if VALUE.match(line)] or [at])
            value = rng.choice(TOML_VALUES)
            pattern, kept = (INNER, "= ") if rng.random() < 0.3 and INNER.search(lines[at]) else (VALUE, "")
            lines[at] = pattern.sub(lambda found: (kept or found[1]) + value, lines[at], count=1)  # noqa: B023
    return "\n".join(lines).encode()


def of_csv(rng: Random, content: bytes) -> bytes:
    """Replace cells of a table, and drop, double and quote cells and lines."""
    rows = [line.split(",") for line in content.decode("utf-8-sig").split("\n")]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        row = rows[rng.randrange(len(rows))]
        at, how = rng.randrange(len(row) + 1), rng.randrange(8)
        cell = min(at, len(row) - 1) if row else 0
        if how == 0:
            rows.insert(rng.randrange(len(rows)), list(rng.choice(rows)))
        elif how == 1:
            row[at:at] = [rng.choice(TEXTS)]
        elif how == 2:
            del row[at:]
        elif how == 3 and row:
            row[cell] = f'"{row[cell]}\n{rng.choice(TEXTS)}"'
        elif how == 4 and row:
            row[cell] = row[cell][:1] + rng.choice(TEXTS) + row[cell][1:]
        elif row:
            row[cell] = rng.choice(TEXTS)
    return rng.choice(("\n", "\n", "\r\n", "\r")).join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


TAGS = re.compile(r"(<[^>]*>)")


def of_markup(rng: Random, content: bytes) -> bytes:
    """Replace, drop, double and nest tags and texts of HTML or XML."""
    parts = TAGS.split(content.decode())
    for _ in range(rng.choice((1, 1, 2, 3))):
        at, how = rng.randrange(len(parts)), rng.randrange(6)
        if how == 0:
            parts[at] = ""
        elif how == 1:
            parts[at] *= rng.choice((2, 2, 50, 3_000))
        elif how == 2:
            parts.insert(at, parts[rng.randrange(len(parts))])
        elif how == 3:
            parts[at] = parts[at][:1] + rng.choice(TEXTS) + parts[at][1:]
        else:
            parts[at] = rng.choice(TEXTS)
    return "".join(parts).encode("utf-8", "surrogatepass")


def in_gzip(inner: Structure) -> Structure:
    """Spoil what a gzipped file holds."""

    def spoilt(rng: Random, content: bytes) -> bytes:
        return gzip.compress(inner(rng, gzip.decompress(content)), 1, mtime=0)

    return spoilt


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
NAMES = ("", "/", "x", "../x.csv", "/x.csv", "a/b/c.csv", "__MACOSX/._x.csv", "x\\y.csv", "C:x.csv", ".", "..", "x.csv/", "\u202ex.csv",
         "n" * 300 + ".csv", "x.csv", "x.gpkg", "x.geojson", "x.shp", "x.prj", "Doc/x.csv", "\0.csv", "x\0.csv")  # fmt: skip


def in_zip(inner: Structure) -> Structure:
    """Spoil a member of an archive, its name, or how it is packed."""

    def spoilt(rng: Random, content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(each.filename, archive.read(each)) for each in archive.infolist()]
        at = rng.randrange(len(members))
        name, held = members[at]
        how = rng.randrange(5)
        if how == 0:
            members[at] = (rng.choice(NAMES), held)
        elif how == 1:
            members.append((rng.choice((name, *NAMES)), held))
        elif how == 2:
            del members[at]
        else:
            members[at] = (name, inner(rng, held))
        return zipped(members, rng.choice(METHODS))

    return spoilt


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive that is the same whenever it is made."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        names = set()
        for name, held in members:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = method
            if info.filename not in names:  # zipfile would warn
                archive.writestr(info, held)
            names.add(info.filename)
    return whole.getvalue()


def of_bytes(rng: Random, content: bytes) -> bytes:
    """Spoil what has no text in it."""
    return spoil(rng, content, content[::-1])
