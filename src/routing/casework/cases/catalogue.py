"""The councils of this installation and the proven definitions they adopted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from routing.council import CITIZEN, Council, CouncilFolder, parse_council, read_councils
from routing.database import Transaction
from routing.errors import DefinitionError, UnknownError
from routing.outside import read_text
from routing.process import Definition, parse, read_stored
from routing.vocabulary import Destination


class Catalogue:
    """Which council adopted which process, in which version; immutable but for older versions read on demand.

    Args:
        folders: by slug, as ``read_councils`` gives them.
        shared: texts of the shared processes, by slug.

    Raises:
        DefinitionError: a definition or council is refused, or the two do not fit together.
    """

    def __init__(self, folders: dict[str, CouncilFolder], shared: dict[str, tuple[str, str]]) -> None:
        self.folders, self.shared = folders, shared
        self.councils = {slug: folder.council for slug, folder in folders.items()}
        self.by_gss = {council.gss: council for council in self.councils.values()}
        self.served = frozenset(self.by_gss)
        self.by_host = _hosts(folders)
        self._lists = frozenset(name for council in self.councils.values() for name in council.lists)
        self._known: dict[tuple[str, str, str], Definition] = {}
        self._current: dict[tuple[str, str], Definition] = {}
        for slug, folder in folders.items():
            for process in folder.council.processes:
                definition = self._adopt(folder, process, shared)
                self._current[slug, process] = definition
                self._known[definition.scope, process, definition.version] = definition
        for slug in folders:
            self._prove_replies(slug)
        self.default = self._first()

    def _prove_replies(self, slug: str) -> None:
        """Refuse answers to a message to somebody whom no process names."""
        folder = self.folders[slug]
        for each in folder.council.replies:
            processes = folder.council.processes if each.process is None else (each.process,)
            known = {CITIZEN}.union(*(self._current[slug, process].recipients for process in processes))
            if each.recipient is not None and each.recipient not in known:
                text = f"there is no recipient '{each.recipient}'. Use one of: {', '.join(sorted(known))}."
                raise DefinitionError(str(folder.path / "council.toml"), "replies", text)

    def _first(self) -> Council:
        """The council whose table is asked first: the only one, or the one whose file says so."""
        councils = list(self.councils.values())
        first = councils if len(councils) == 1 else [council for council in councils if council.answers_first]
        if len(first) != 1:
            raise DefinitionError(
                "councils", "answers_first", f"write answers_first = true into one of: {', '.join(self.councils)}."
            )
        return first[0]

    def _adopt(self, folder: CouncilFolder, process: str, shared: dict[str, tuple[str, str]]) -> Definition:
        council, source = folder.council, str(folder.path / "council.toml")
        if process in folder.processes:
            path = str(_own_copy(folder, process))
            definition = parse(folder.processes[process], path, council.slug, self._lists)
        elif process in shared:
            path, text = shared[process]
            definition = parse(text, path, "", self._lists)
        else:
            raise DefinitionError(
                source, "processes", f"there is no process '{process}'. Use one of {', '.join(shared)}."
            )
        if definition.slug != process:
            raise DefinitionError(path, "process.slug", f"is '{definition.slug}' in a folder called '{process}'.")
        for recipient in definition.recipient:
            mailbox = definition.mailbox_of(recipient.id)
            if recipient.kind == "team" and mailbox not in council.mailboxes:
                text = f"process {process} sends to '{recipient.id}'. Add [mailboxes.{mailbox}]"
                text += f", or name one that is there with mailbox in the process's [[recipient]] {recipient.id}."
                raise DefinitionError(source, "mailboxes", text)
        return definition

    def council(self, slug: str | None) -> Council:
        """A council by slug; the default one for None.

        Raises:
            UnknownError: it is not served here.
        """
        if slug is None:
            return self.default
        try:
            return self.councils[slug]
        except KeyError:
            raise UnknownError("council", f"Use one of: {', '.join(self.councils)}.") from None

    def council_of(self, slug: str) -> Council:
        """The council of a stored row; the default one where it is no longer served, so that nothing is stuck."""
        return self.councils.get(slug, self.default)

    def definition(self, council: str, process: str) -> Definition:
        """The definition by which a council takes reports now.

        Raises:
            UnknownError: the council did not adopt such a process.
        """
        try:
            return self._current[council, process]
        except KeyError:
            known = sorted(slug for owner, slug in self._current if owner == council)
            raise UnknownError("process", f"Use one of: {', '.join(known)}.") from None

    def team_destination(self, council: Council, process: str, recipient: str) -> Destination | None:
        """Where messages to a team go now; None where it is none, or the council has no such mailbox any more."""
        definition = self._current.get((council.slug, process))
        mailbox = council.mailboxes.get(definition.mailbox_of(recipient) if definition is not None else recipient)
        return mailbox.destination if mailbox is not None else None

    def version(self, scope: str, process: str, version: str) -> Definition | None:
        """A definition as it stood when a report was submitted, or None where it is not loaded (``load_versions``)."""
        return self._known.get((scope, process, version))

    def load_versions(self, tx: Transaction, wanted: Iterable[tuple[str, str, str]]) -> None:
        """Read older versions of definitions: a report is decided by the one it was submitted under."""
        for key in set(wanted) - self._known.keys():
            row = tx.execute(
                "SELECT text FROM definition WHERE kind = 'process' AND scope = %s AND slug = %s AND version = %s", key
            ).fetchone()
            if row is not None:
                scope, process, version = key
                self._known[key] = read_stored(row["text"], f"{process} {version}", scope)

    def retention(self) -> dict[str, dict[str, int]]:
        """Process → days for which personal data is kept; the shortest, where councils' copies differ."""
        days: dict[str, dict[str, int]] = {}
        for (_, process), definition in self._current.items():
            wanted = definition.retention.model_dump()
            held = days.setdefault(process, wanted)
            days[process] = {name: min(held[name], wanted[name]) for name in wanted}
        return days

    def adopt(self, tx: Transaction) -> "tuple[Catalogue, tuple[str, ...]]":
        """Keep what is new, and go on with what was stored where a file was changed without a new version.

        So a change that may not be stops nothing: neither what it concerns nor all else.

        Returns:
            The catalogue to work by, and a sentence for each file that was refused.

        Raises:
            DefinitionError: what was stored does not fit the other files any more.
        """
        found = self.conflicts(tx)
        if not found:
            self.store(tx)
            return self, ()
        folders, shared = dict(self.folders), dict(self.shared)
        for each in found:
            each.replace_in(folders, shared)
        kept = Catalogue(folders, shared)
        kept.store(tx)
        return kept, tuple(each.sentence for each in found)

    def conflicts(self, tx: Transaction) -> list["Conflict"]:
        """Files that were changed without a new version: the same one was in use with another text."""
        texts = {("process", each.scope, each.slug, each.version): each.sha256 for each in self._current.values()} | {
            ("council", "", folder.council.slug, folder.council.council.version): folder.council.sha256
            for folder in self.folders.values()
        }
        found = []
        for key, sha256 in texts.items():
            row = tx.execute(
                "SELECT sha256, text FROM definition WHERE kind = %s AND scope = %s AND slug = %s AND version = %s", key
            ).fetchone()
            if row is not None and row["sha256"] != sha256:
                found.append(Conflict(*key, row["text"]))
        return found

    def file_of(self, conflict: "Conflict") -> Path:
        """The file that was changed."""
        if conflict.kind == "council":
            return self.folders[conflict.slug].path / "council.toml"
        if conflict.scope:
            return _own_copy(self.folders[conflict.scope], conflict.slug)
        return Path(self.shared[conflict.slug][0])

    def store(self, tx: Transaction) -> None:
        """Keep every definition and council file under its version.

        Raises:
            DefinitionError: the same version was stored with another text.
        """
        for definition in self._current.values():
            _store(tx, ("process", definition.scope, definition.slug, definition.version), definition)
        for folder in self.folders.values():
            council = folder.council
            _store(tx, ("council", "", council.slug, council.council.version), _Text(council.sha256, folder.text))


def _own_copy(folder: CouncilFolder, process: str) -> Path:
    """Where a council's own copy of a process is."""
    return folder.path / "processes" / process / "process.toml"


def _hosts(folders: dict[str, CouncilFolder]) -> dict[str, Council]:
    """Host → the council whose it is."""
    found: dict[str, Council] = {}
    for folder in folders.values():
        for host in folder.council.hosts:
            other = found.setdefault(host, folder.council)
            if other is not folder.council:
                text = f"{host} is also a host of {other.slug}. Leave it to one of them."
                raise DefinitionError(str(folder.path / "council.toml"), "hosts", text)
    return found


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that was changed without a new version, and what was stored under it."""

    kind: str
    scope: str
    slug: str
    version: str
    text: str

    @property
    def sentence(self) -> str:
        """What is wrong, for whoever changed it."""
        whose = f" of {self.scope}" if self.scope else ""
        return (
            f"Version {self.version} of the {self.kind} {self.slug}{whose} is already in use, but its file has changed."
        )

    def replace_in(self, folders: dict[str, CouncilFolder], shared: dict[str, tuple[str, str]]) -> None:
        """Put what was stored in the place of the file."""
        if self.kind == "council":
            folder = folders[self.slug]
            council = parse_council(self.text, self.slug, str(folder.path / "council.toml"))
            folders[self.slug] = replace(folder, council=council, text=self.text)
        elif self.scope:
            folder = folders[self.scope]
            folders[self.scope] = replace(folder, processes=folder.processes | {self.slug: self.text})
        else:
            shared[self.slug] = (shared[self.slug][0], self.text)


class _Text:
    def __init__(self, sha256: str, text: str) -> None:
        self.sha256, self.text = sha256, text


def _store(tx: Transaction, key: tuple[str, str, str, str], content: Definition | _Text) -> None:
    tx.execute(
        "INSERT INTO definition (kind, scope, slug, version, sha256, text) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (*key, content.sha256, content.text),
    )
    row: dict[str, Any] | None = tx.execute(
        "SELECT sha256 FROM definition WHERE kind = %s AND scope = %s AND slug = %s AND version = %s", key
    ).fetchone()
    if row is None or row["sha256"] != content.sha256:
        kind, _, slug, version = key
        raise DefinitionError(
            f"{kind} {slug}", "version", f"{version} was in use with another text. Give the changed file a new version."
        )


def read_catalogue(councils_dir: Path, processes_dir: Path) -> Catalogue:
    """Read both folders and prove everything in them.

    Raises:
        DefinitionError: names the file and what to change.
    """
    shared: dict[str, tuple[str, str]] = {}
    for path in sorted(processes_dir.glob("*/process.toml")):
        shared[path.parent.name] = (str(path), read_text(path))
    return Catalogue(read_councils(councils_dir), shared)
