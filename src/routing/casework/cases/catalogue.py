"""The councils of this installation, and the checked definitions that they use."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from routing.casework.cases.not_yet import not_yet
from routing.council import CITIZEN, Council, CouncilFolder, parse_council, read_councils
from routing.database import Transaction
from routing.errors import DefinitionError, UnknownError
from routing.outside import read_text
from routing.process import Definition, parse, read_stored
from routing.vocabulary import Destination


class Catalogue:
    """The processes that each council uses, with versions. Immutable, except that it loads older versions on demand.

    Args:
        folders: by slug, from ``read_councils``.
        shared: texts of the shared processes, by slug.

    Raises:
        DefinitionError: a definition or council has an error, or the two do not fit together.
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
        """Refuse reply addresses for a recipient that no process has."""
        folder = self.folders[slug]
        for each in folder.council.replies:
            processes = folder.council.processes if each.process is None else (each.process,)
            known = {CITIZEN}.union(*(self._current[slug, process].recipients for process in processes))
            if each.recipient is not None and each.recipient not in known:
                text = f"there is no recipient '{each.recipient}'. Use one of: {', '.join(sorted(known))}."
                raise DefinitionError(str(folder.path / "council.toml"), "replies", text)

    def _first(self) -> Council:
        """The council whose table decides first: the only one, or the one whose file says so."""
        councils = list(self.councils.values())
        first = councils if len(councils) == 1 else [council for council in councils if council.answers_first]
        if len(first) != 1:
            raise DefinitionError(
                "councils", "answers_first", f"add answers_first = true to one of: {', '.join(self.councils)}."
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
            known = ", ".join(sorted({*shared, *folder.processes}))
            raise DefinitionError(source, "processes", f"there is no process '{process}'. Use one of {known}.")
        missing = not_yet(definition)
        if missing is not None:
            raise DefinitionError(path, *missing)
        if definition.slug != process:
            raise DefinitionError(
                path, "process.slug", f"rename the slug '{definition.slug}' or its folder '{process}'. They must match."
            )
        for recipient in definition.recipient:
            mailbox = definition.mailbox_of(recipient.id)
            if recipient.kind != "parish" and mailbox not in council.mailboxes:
                text = f"add [mailboxes.{mailbox}], because process {process} sends to '{recipient.id}'."
                text += f" Or set mailbox in the process's [[recipient]] {recipient.id} to one that you have."
                raise DefinitionError(source, "mailboxes", text)
        for fee in definition.fee:
            if fee.page not in council.pages:
                text = f"add [pages.{fee.page}], because process {process} has the fee '{fee.id}', which is paid there."
                raise DefinitionError(source, "pages", text)
        return definition

    def council(self, slug: str | None) -> Council:
        """A council by slug; the default one for None.

        Raises:
            UnknownError: this service does not have it.
        """
        if slug is None:
            return self.default
        try:
            return self.councils[slug]
        except KeyError:
            raise UnknownError("council", f"Use one of: {', '.join(self.councils)}.") from None

    def council_of(self, slug: str) -> Council:
        """The council of a stored row; the default one if this service no longer has it, so that nothing is stuck."""
        return self.councils.get(slug, self.default)

    def definition(self, council: str, process: str) -> Definition:
        """The definition that a council uses for new reports.

        Raises:
            UnknownError: the council does not use this process.
        """
        try:
            return self._current[council, process]
        except KeyError:
            known = sorted(slug for owner, slug in self._current if owner == council)
            raise UnknownError("process", f"Use one of: {', '.join(known)}.") from None

    def team_destination(self, council: Council, process: str, recipient: str) -> Destination | None:
        """The current address of a team or partner; None if it is neither, or the council no longer has the mailbox."""
        definition = self._current.get((council.slug, process))
        mailbox = council.mailboxes.get(definition.mailbox_of(recipient) if definition is not None else recipient)
        return mailbox.destination if mailbox is not None else None

    def version(self, scope: str, process: str, version: str) -> Definition | None:
        """A definition at the time of a report, or None if it is not loaded (``load_versions``)."""
        return self._known.get((scope, process, version))

    def load_versions(self, tx: Transaction, wanted: Iterable[tuple[str, str, str]]) -> None:
        """Load older versions of definitions. The version at the time of a report decides it."""
        for key in set(wanted) - self._known.keys():
            row = tx.execute(
                "SELECT text FROM definition WHERE kind = 'process' AND scope = %s AND slug = %s AND version = %s", key
            ).fetchone()
            if row is not None:
                scope, process, version = key
                self._known[key] = read_stored(row["text"], f"{process} {version}", scope)

    def retention(self) -> dict[str, dict[str, int]]:
        """Process → days to keep personal data; the shortest ones if councils' copies differ."""
        days: dict[str, dict[str, int]] = {}
        for (_, process), definition in self._current.items():
            wanted = definition.kept_days
            held = days.setdefault(process, wanted)
            days[process] = {name: min(held[name], wanted[name]) for name in wanted}
        return days

    def adopt(self, tx: Transaction) -> "tuple[Catalogue, tuple[str, ...]]":
        """Store new definitions. If a file changed without a new version, use the stored definition.

        So a forbidden change stops nothing: neither its own process nor others.

        Returns:
            The catalogue to use, and a sentence for each refused file.

        Raises:
            DefinitionError: a stored definition no longer fits the other files.
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

    @property
    def versions(self) -> dict[tuple[str, str, str, str], str]:
        """Kind, scope, slug and version of each file that a council uses → its SHA-256."""
        return {("process", each.scope, each.slug, each.version): each.sha256 for each in self._current.values()} | {
            ("council", "", folder.council.slug, folder.council.council.version): folder.council.sha256
            for folder in self.folders.values()
        }

    @property
    def offered(self) -> frozenset[tuple[str, str]]:
        """Council and process of everything that citizens can report."""
        return frozenset(self._current)

    def conflicts(self, tx: Transaction) -> list["Conflict"]:
        """Files that changed without a new version: the same version was in use with another text."""
        found = []
        for key, sha256 in self.versions.items():
            row = tx.execute(
                "SELECT sha256, text FROM definition WHERE kind = %s AND scope = %s AND slug = %s AND version = %s", key
            ).fetchone()
            if row is not None and row["sha256"] != sha256:
                found.append(Conflict(*key, row["text"]))
        return found

    def file_of(self, conflict: "Conflict") -> Path:
        """The changed file."""
        if conflict.kind == "council":
            return self.folders[conflict.slug].path / "council.toml"
        if conflict.scope:
            return _own_copy(self.folders[conflict.scope], conflict.slug)
        return Path(self.shared[conflict.slug][0])

    def store(self, tx: Transaction) -> None:
        """Store every definition and council file with its version.

        Raises:
            DefinitionError: the same version is stored with another text.
        """
        for definition in self._current.values():
            _store(tx, ("process", definition.scope, definition.slug, definition.version), definition)
        for folder in self.folders.values():
            council = folder.council
            _store(tx, ("council", "", council.slug, council.council.version), _Text(council.sha256, folder.text))


def _own_copy(folder: CouncilFolder, process: str) -> Path:
    """Path of a council's own copy of a process."""
    return folder.path / "processes" / process / "process.toml"


def _hosts(folders: dict[str, CouncilFolder]) -> dict[str, Council]:
    """Host → its council."""
    found: dict[str, Council] = {}
    for folder in folders.values():
        for host in folder.council.hosts:
            other = found.setdefault(host, folder.council)
            if other is not folder.council:
                text = f"{host} is also a host of {other.slug}. Delete it in one of them."
                raise DefinitionError(str(folder.path / "council.toml"), "hosts", text)
    return found


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that changed without a new version, and the stored text."""

    kind: str
    scope: str
    slug: str
    version: str
    text: str

    @property
    def sentence(self) -> str:
        """What is wrong, in a sentence."""
        whose = f" of {self.scope}" if self.scope else ""
        return (
            f"Version {self.version} of the {self.kind} {self.slug}{whose} is already in use, but its file has changed."
        )

    def replace_in(self, folders: dict[str, CouncilFolder], shared: dict[str, tuple[str, str]]) -> None:
        """Use the stored text instead of the file."""
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
            f"{kind} {slug}", "version", f"Give the changed file a new version. {version} is in use with another text."
        )


def read_catalogue(councils_dir: Path, processes_dir: Path) -> Catalogue:
    """Read both folders and check everything in them.

    Raises:
        DefinitionError: names the file and what to change.
    """
    shared: dict[str, tuple[str, str]] = {}
    for path in sorted(processes_dir.glob("*/process.toml")):
        shared[path.parent.name] = (str(path), read_text(path))
    return Catalogue(read_councils(councils_dir), shared)
