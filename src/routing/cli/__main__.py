"""``python -m routing.cli``: the command ``waywarden``."""

from routing.cli import main

main()
