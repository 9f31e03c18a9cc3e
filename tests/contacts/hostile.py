"""Pages and lists that are made to be slow, by their size in bytes."""

from collections.abc import Callable

LABEL = '<span class="mgLabel">Email:</span>'
LINK = '<a href="mgParishCouncilDetails.aspx?ID={}">'
HEAD = '<div id="modgov">'


def filled(size: int, piece: Callable[[int], str], head: str = HEAD, tail: str = "") -> bytes:
    """As many pieces as go into a page of this size, each told its number."""
    pieces: list[bytes] = []
    left = size - len(head) - len(tail)
    while len(encoded := piece(len(pieces)).encode()) <= left:
        pieces.append(encoded)
        left -= len(encoded)
    return head.encode() + b"".join(pieces) + tail.encode()


def repeated(text: str, head: str = HEAD, tail: str = "") -> Callable[[int], bytes]:
    return lambda size: filled(size, lambda _: text, head, tail)


def sparse(text: str, head: str = HEAD, tail: str = "", by: str = "x") -> Callable[[int], bytes]:
    """The same, with the number of each, and so far apart that a page is not refused for the number of its tags."""
    room = 36 * text.count("<")
    return lambda size: filled(size, lambda number: text.replace("{}", str(number)).ljust(room, by), head, tail)


PAGES = {
    **{f"nested {tag}": sparse(f"<{tag}>") for tag in ("div", "h1", "h2", "span", "table", "a", "p", "b", "svg")},
    **{f"nested {tag} without text": sparse(f"<{tag}>", by=" ") for tag in ("h2", "table")},
    "nested and ended badly": sparse("<div><table></div></table>"),
    "two that end each other": sparse("<li><dd>"),
    "formatting without end": sparse("<font a={}><p>"),
    "nested labels": sparse('<span class="mgLabel">'),
    "nested known labels": sparse('<span class="mgLabel">Email:'),
    "labels among siblings": sparse(LABEL),
    "labels with blanks": sparse('<span class="mgLabel">&#8203;', by=" "),
    "values within values": sparse(f"{LABEL}<div>"),
    "links in links": sparse(LINK + "<div>x"),
    "links without text": sparse(LINK + "<div>&#8203;"),
    "addresses of links": sparse('<a href="' + "mgParishCouncilDetails.aspx?&id=&" * 50 + '">x</a>'),
    "councils without end": sparse(f"<h2>C{{}}</h2>{LABEL}a@x.example", by=" "),
    "rows without end": sparse('<span class="mgLabel">Contact:</span>Email: a@x.example', by=" "),
    "one huge attribute": repeated("x", HEAD + '<p class="', '">'),
    "one huge class": repeated("x ", HEAD + '<p class="', '">'),
    "one huge name": repeated("x", HEAD + "<", ">"),
    "attributes of one tag": sparse(" a{}", HEAD + "<p", ">"),
    "attributes with tags in them": sparse(' a{}="<"', HEAD + "<p", ">", by=" "),
    "attributes that do not end": sparse('<p a="'),
    "attributes that end each other": sparse("<p a=\"<p a='"),
    "protected addresses": sparse('<x{} data-cfemail="5a39363f">x</x{}>'),
    "many @": repeated("@", HEAD + LABEL),
    "many addresses": repeated("a@x.example, ", HEAD + LABEL),
    "many commas and brackets": repeated(",&lt;&gt;()[]@", HEAD + LABEL),
    "many links to write to": sparse('<a href="mailto:a@x.example">', HEAD + LABEL),
    "escaped without end": repeated("&amp;amp;", HEAD + LABEL),
    "one number": repeated("9", HEAD + LABEL + "&#", ";"),
    "entities without end": repeated("&", HEAD + LABEL),
    "comments": sparse("<!---->"),
    "comments that do not end": sparse("<!--"),
    "comments of dashes": repeated("-", HEAD + "<!--"),
    "scripts that do not end": sparse("<script>"),
    "ends of scripts": sparse("</script", HEAD + "<script>"),
    "ends without begin": sparse("</div>"),
    "only <": repeated("<"),
    "some <": sparse("<"),
    "blanks": repeated(" \u00a0"),
    "lines": sparse("<br>", HEAD + LABEL),
    "nothing that is seen": repeated("\u200b", HEAD + LABEL),
}  # fmt: skip

ITEM = "<parishcouncil><parishcouncilid>{}</parishcouncilid><parishcounciltitle>C</parishcounciltitle></parishcouncil>"
ROOT = "<parishcouncils>"
LISTS = {
    "deep": sparse("<a>", ROOT),
    "deep and ended": lambda size: b"%s%s</parishcouncils>" % (ROOT.encode(), b"<a>".ljust(36) * (size // 80) + b"</a>" .ljust(36) * (size // 80)),
    "items in items": sparse("<parish>", ROOT),
    "many items": sparse(ITEM, ROOT, "</parishcouncils>"),
    "attributes": sparse(' a{}=""', "<parishcouncils", "/>"),
    "one huge attribute": repeated("x", '<parishcouncils a="', '"/>'),
    "a long name space": lambda size: filled(size, lambda _: "<a/>" + " " * 32, f'<parishcouncils xmlns="{"x" * 1_900}">', "</parishcouncils>"),
    "a huge name space": lambda size: filled(size, lambda _: "<a/>" + " " * 32, f'<parishcouncils xmlns="{"x" * (size // 2)}">', "</parishcouncils>"),
    "a huge name space, in wide letters": lambda size: filled(size // 2, lambda _: "<a/>" + " " * 32, f'<parishcouncils xmlns="{"x" * (size // 4)}">', "</parishcouncils>").decode().encode("utf-16"),
    "attributes by default": lambda size: filled(size, lambda _: "<a/>" + " " * 32, f'<!DOCTYPE parishcouncils [<!ATTLIST a b CDATA "{"x" * (size // 2)}">]><parishcouncils>', "</parishcouncils>"),
    "many name spaces": sparse('<a xmlns:p{}="{}">', ROOT),
    "entities": repeated("&a;", '<!DOCTYPE x [<!ENTITY a "' + "x" * 1_000 + '">]><parishcouncils>', "</parishcouncils>"),
    "characters": repeated("&#65;", ROOT + "<parish><id>7</id><title>", "</title></parish></parishcouncils>"),
    "characters that are none": repeated("&#00000", ROOT),
    "comments": repeated("<!---->" + " " * 29, ROOT, "</parishcouncils>"),
    "instructions": repeated("<?x?>" + " " * 31, ROOT, "</parishcouncils>"),
    "comments that do not end": sparse("<!--", ROOT),
    "only <": repeated("<", ROOT),
    "blanks": repeated("\n", ""),
}  # fmt: skip
