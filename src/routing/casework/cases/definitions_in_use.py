"""Do the files fit what the installation uses? Versions that wait for a restart, and reports that no council takes."""

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.lifecycle import OPEN
from routing.database import Transaction


def not_adopted(catalogue: Catalogue, tx: Transaction) -> list[str]:
    """The versions of files that no start has stored yet, a sentence each. A restart uses them."""
    rows = tx.execute("SELECT kind, scope, slug, version FROM definition").fetchall()
    stored = {(row["kind"], row["scope"], row["slug"], row["version"]) for row in rows}
    return [
        f"Version {version} of the {kind} {slug} is not in use yet. Restart to use it."
        for kind, scope, slug, version in catalogue.versions
        if stored and (kind, scope, slug, version) not in stored
    ]


def not_offered(catalogue: Catalogue, tx: Transaction) -> list[str]:
    """The processes that have reports but that their council no longer offers, a sentence each."""
    rows = tx.execute(
        "SELECT council, process, count(*) AS reports FROM report WHERE state = ANY (%s) GROUP BY 1, 2 ORDER BY 1, 2",
        (sorted(OPEN),),
    ).fetchall()
    return [
        f"{row['council']} no longer offers {row['process']}, but {row['reports']} of its reports are open."
        for row in rows
        if (row["council"], row["process"]) not in catalogue.offered
    ]
