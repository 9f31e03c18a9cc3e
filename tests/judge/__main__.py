"""``python -m tests.judge``: one-line mutants of real processes, judged by the loader and by the judge. Exit code 1 if they differ."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.judge.campaign import EXAMPLES, NEXT, counted, verdict_of
from tests.judge.verdict import SOUND


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mutants", type=int, default=1000, help="of each file")
    asked.add_argument("--seed", default="1")
    asked.add_argument("--only", choices=["all", "four"], default="all", help="the four that are shipped next, or all")
    asked.add_argument("--changes", type=int, default=1, help="lines that are changed in each")
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    names = list(NEXT) if given.only == "four" else sorted(path.stem for path in EXAMPLES.glob("*.toml"))
    work = [(name, f"{given.seed}:{number}", given.changes) for name in names for number in range(given.mutants)]
    began = time.monotonic()
    with ProcessPoolExecutor(given.processes) as pool:
        found = counted(pool.map(verdict_of, *zip(*work, strict=True), chunksize=50))
    classes = sorted(found.in_all.keys() - {SOUND})
    print(f"{'file':20}{SOUND:>9}" + "".join(f"{each:>10}" for each in classes))
    for name, judged in [*found.judged.items(), ("in all", found.in_all)]:
        print(f"{name:20}{judged[SOUND]:9,}" + "".join(f"{judged[each]:10,}" for each in classes))
    print(f"{len(work):,} mutants, {len(found.differ):,} verdicts differ, {time.monotonic() - began:.0f} s")
    for each in found.differ[:40]:
        print(f"{each.name} {each.seed}: judge says {each.judged}, loader says {each.says or SOUND}")
    return 1 if found.differ else 0


if __name__ == "__main__":
    sys.exit(main())
