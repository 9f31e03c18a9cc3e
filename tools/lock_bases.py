"""Give every package that is locked with extras a line without them too (``make lock`` runs this).

pip before 23.3 does not hold ``sqlalchemy`` to the version of ``sqlalchemy[asyncio]``, nor the other way round: as soon
as a newer version is published, it takes that for the other one and refuses it for want of a hash.
"""

import re
import sys
from pathlib import Path

HEAD = re.compile(r"^([A-Za-z0-9_.-]+)\[[^\]]+\](==.*)$")


def with_bases(text: str) -> str:
    """The lock file with the added blocks, each after the one it repeats."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith((" ", "#")) and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    whole: list[str] = []
    for block in blocks:
        whole += block
        head = HEAD.match(block[0])
        if head:
            whole += [head.group(1) + head.group(2), *block[1:]]
    return "\n".join(whole) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(with_bases(Path(name).read_text()))
