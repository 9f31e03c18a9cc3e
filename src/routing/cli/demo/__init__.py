"""``waywarden demo``: reports through a whole installation, every message checked against an independent oracle."""

from routing.cli.demo.command import demo

__all__ = ["demo"]
