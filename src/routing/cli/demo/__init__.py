"""``waywarden demo``: send reports through an installation and check every message against an independent oracle."""

from routing.cli.demo.command import demo

__all__ = ["demo"]
