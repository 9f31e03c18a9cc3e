"""Check that a request's host name is ours, and find its council."""

from collections.abc import Mapping
from typing import Any

from routing.council import Council
from routing.errors import UnknownError
from routing.settings import is_loopback
from routing.web.context import WebContext

FOR_ANYBODY = ("/healthz", "/readyz")
"""Paths for watchdogs with any host name, because nothing there depends on it."""


def host_of(scope: Mapping[str, Any]) -> str:
    """The name in the request's Host header, lower case, without port; empty if there is none, or several."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    text = found[0].decode("latin-1").strip().lower() if len(found) == 1 else ""
    if text.startswith("["):  # an IPv6 address
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def is_served(ctx: WebContext, scope: Mapping[str, Any]) -> bool:
    """Whether a request's host is ours: from the public address, from a council, or this machine's own."""
    host = host_of(scope)
    return host in ctx.hosts or is_loopback(host) or scope["path"] in FOR_ANYBODY


def host_owner(ctx: WebContext, scope: Mapping[str, Any]) -> Council | None:
    """The council with this host; None if no council has it."""
    return ctx.catalogue.by_host.get(host_of(scope))


def council_at(ctx: WebContext, scope: Mapping[str, Any]) -> Council:
    """The council with this host; the default one if no council has it."""
    return host_owner(ctx, scope) or ctx.catalogue.default


def named_council(ctx: WebContext, scope: Mapping[str, Any], slug: str | None) -> Council:
    """The council that a request names, else the one with its host.

    For notices and statements, because a report may be for another council.

    Raises:
        UnknownError: this service does not have it.
    """
    return council_at(ctx, scope) if slug is None else ctx.catalogue.council(slug)


def asked_council(ctx: WebContext, scope: Mapping[str, Any], slug: str | None) -> Council:
    """The council to take a report. Under a council's own host, only that council.

    Raises:
        UnknownError: this service does not have it, or not under this host.
    """
    found, owner = named_council(ctx, scope, slug), host_owner(ctx, scope)
    if owner is not None and found.slug != owner.slug:
        raise UnknownError("council", f"Leave out the council. This host name is only for {owner.slug}.")
    return found
