"""The meaning of labels and headings of a page, which each council can rename. Pure.

No real parish page is public. We use labels of the product's other public pages, and what their readers know.
"""

import re
from functools import lru_cache

from routing.vocabulary import folded

KINDS = ("clerk", "address", "phone", "mobile", "email", "website")

_EMAIL = frozenset({"email", "emails", "mail", "ebost", "e"})
_WEBSITE = frozenset({"website", "websites", "web", "site", "url", "internet", "homepage", "w"})
_MOBILE = frozenset({"mobile", "mob", "mobiles", "cell", "m"})
_PHONE = frozenset({"phone", "phones", "telephone", "telephones", "tel", "landline", "t"})
_ADDRESS = frozenset({"address", "addresses"})
_CLERK = frozenset({"clerk", "name", "contact", "proper"})
_FAX = frozenset({"fax", "facsimile"})
_NUMBERS_TO_CONTACT = tuple({"contact", word} for word in ("number", "numbers", "no", "nos"))

_OF_HOME = frozenset({"home", "private", "personal"})
_OF_WORK = frozenset({"bus", "business", "work", "office", "official"})
_WHEN = frozenset({"daytime", "day", "evening"})
_BESIDE = """
    the to of and for or council councils parish parishes town city community clerk clerks contact contacts name
    correspondence postal preferred main daytime day evening alternative other proper officer responsible financial rfo
    acting locum interim temporary executive generic general number numbers no nos person point line
"""
_AND = frozenset(_BESIDE.split())
"""Words that may be next to them. Any other word means somebody else's, as in *Chairman's email*."""

_OF_SECTIONS = "details detail information info us our your about how get in touch local a key"
_OF_SECTION = frozenset(_OF_SECTIONS.split()).union(_AND, _OF_HOME, _OF_WORK, _EMAIL, _MOBILE, _PHONE, _ADDRESS, _FAX)
_OF_NOBODY = """
    electorate electors population households seats number precept area ward wards division divisions map meets meet
    meeting meetings venue day time times hours open opening frequency grid reference district county parish notes note
    last next updated election elections
"""
_NOBODYS = frozenset(_OF_NOBODY.split())
"""Words of labels for values that are not people, so the person before them continues."""

_ALONE = """
    facebook twitter x instagram youtube linkedin tiktok social media page town village street constituency
    constituencies polling station stations district districts grouped with vacancy vacancies notice board boards
    noticeboard noticeboards
"""
_NOBODYS_ALONE = frozenset(_ALONE.split())
"""The same, but only without other words: a *village agent* is a person."""

_BODY = frozenset({"name", "of", "the", "council", "parish", "town", "community"})
_OFFICE = frozenset({"clerk", "clerks", "officer", "rfo", "proper"})
_WORDS = re.compile(r"[a-z]+")
_E_MAIL = re.compile(r"\be[-. ]?(mails?|bost)\b")
_WEB_OR_MAIL = re.compile(r"\bweb(?:site)?\s*(?:[/&,]|and)\s*email\b|\bemail\s*(?:[/&,]|and)\s*web(?:site)?\b")
_CLERK_TO = re.compile(r"(?:the )?(?:parish |town )?clerk (?:to|of|for) [^:]{1,80}\b(?:council|meeting)")
_OTHERS = re.compile(
    r"\b(?:chair(?:s|man|men|woman|lady|person)?|vice|mayor(?:ess)?|cllrs?|councillors?|alderm[ae]n|deputy|deputies|assistant"
    r"|president|members?|warden|leader|webmaster|caretaker|editor|trustees?)\b"
)
_OTHERS_IN_VALUE = re.compile(
    r"\b(?:chair(?:s|man|men|woman|lady|person)?|vice|cllrs?|councillors?|deputy|assistant|webmaster)\b"
    r"|(?:^|[(,;/]|- )\s*(?:mayor(?:ess)?|alderm[ae]n|president|member|leader|treasurer)\b"
)
"""Some are surnames, too: *A Mayor* may be the clerk."""

_FORMER = re.compile(
    r"\b(?:former|previous|retired|outgoing|ex)[ -](?:parish |town )?clerk\b"
    r"|\bno longer (?:in use|used|valid|active|the clerk)\b|\b(?:not in|do not) use\b"
    r"|(?:\(| - )(?:retired|resigned)\b"
    r"|(?:\(| - )(?:former|formerly|previous|previously|outgoing|left|old)(?: (?:clerk|address|e-?mail))? ?(?:$|[),;])"
)
"""Former clerks and their addresses, but not an office in an *(old school house)*."""

_OF_DISTRICT = re.compile(
    r"\b(?:democratic|member|committee|electoral|customer) services\b|\bmonitoring officer\b"
    r"|\b(?:district|borough|county|city) council\b"
)
"""Words next to an email address of the principal council."""

_IN_BOX = """
    chair chairman chairwoman chairlady chairperson vicechair vicechairman cllr cllrs councillor councillors deputy
    assistant asst deputyclerk assistantclerk treasurer townmayor mayoress webmaster postmaster noreply donotreply
    democratic democracy democraticservices memberservices committees electoral elections monitoring
"""
_BOXES = frozenset(_IN_BOX.split())
_ENDS_OF_BOXES = ("chair", "chairman", "chairwoman", "chairlady", "townmayor")
_HOSTS_OF_OTHERS = ("cllr.", "cllrs.", "councillor.", "councillors.", "members.")
_ROLES = frozenset({"role", "position", "post", "title", "office", "capacity", "job"})
_LONGEST = 4_000
_ADDRESS_OR_LINK = re.compile(r"\S{0,100}@\S{0,100}|https?://\S{0,200}|www\.\S{0,200}")
_CONTACT = re.compile(r"[^\s@]@[^\s@]+\.[a-z]|(?:\+44|\b0)[\d ()-]{8,}\d", re.IGNORECASE)


@lru_cache(1_000)
def _plain(label: str) -> str:
    return _E_MAIL.sub(r"e\1", folded(label).lower().replace("'s", "")).replace("ebost", "email")


@lru_cache(1_000)
def kind_of(label: str) -> str | None:
    """The kind of a label: one of ``KINDS``; empty for known but useless labels, None for unknown ones."""
    text = _plain(label).strip(" :.")
    terms = set(_WORDS.findall(text))
    if "name" in terms and terms <= _BODY and len(terms) > 1:  # of the council
        return ""
    if names_another(label):
        return None
    if _WEB_OR_MAIL.fullmatch(text):
        return "email"
    if _CLERK_TO.fullmatch(text) or {"name", "address"} <= terms <= _AND | _ADDRESS:
        return "clerk"
    if is_place_alone(label) or terms in _NUMBERS_TO_CONTACT:
        return "phone"
    return _kind_of_words(terms)


def _kind_of_words(terms: set[str]) -> str | None:
    for kind, names in (
        ("email", _EMAIL), ("website", _WEBSITE), ("mobile", _MOBILE), ("phone", _PHONE), ("", _FAX),
        ("address", _ADDRESS), ("clerk", _CLERK),
    ):  # fmt: skip
        if terms & names:
            rest = terms - names - _AND - _OF_HOME - _OF_WORK - (_ADDRESS | _PHONE | _CLERK | _FAX)
            return kind if not rest else None
    return None


def rank(label: str) -> int:
    """The order of labels of one kind; the lowest counts: plain ones, then work, then home."""
    terms = set(_WORDS.findall(_plain(label)))
    return 2 if terms & _OF_HOME else 1 if terms & _OF_WORK else 0


def is_of_office(label: str) -> bool:
    """Whether a known label names the office of clerk, not only a contact."""
    return bool(set(_WORDS.findall(_plain(label))) & _OFFICE)


def is_place_alone(label: str) -> bool:
    """Whether a label only says where or when somebody is available, such as *Work*. Then only a number counts."""
    terms = set(_WORDS.findall(_plain(label)))
    return bool(terms) and terms <= _OF_HOME | _OF_WORK | _WHEN


def names_another(text: str) -> bool:
    """Whether a label or heading is for a person other than the clerk."""
    return _OTHERS.search(_plain(text)) is not None


def speaks_of_another(value: str) -> bool:
    """Whether a value, without its addresses, is about another person, or about a former clerk."""
    text = folded(value, _LONGEST).lower()
    if "@" in text or "/" in text or "www." in text:
        text = _ADDRESS_OR_LINK.sub(" ", text)
    return _OTHERS_IN_VALUE.search(text) is not None or _FORMER.search(text) is not None


def is_role(label: str) -> bool:
    """Whether a label gives the office of the person before it."""
    return bool(set(_WORDS.findall(_plain(label))) & _ROLES)


def is_box_of_another(address: str) -> bool:
    """Whether an email address belongs to another office, such as *chairman@*. Some names contain such words too."""
    box, _, host = address.lower().partition("@")
    terms = _WORDS.findall(box)
    is_mayors = terms[:1] == ["mayor"]
    has_word = bool(_BOXES.intersection([*terms, "".join(terms)])) or box.startswith(("cllr", "deputyclerk"))
    return is_mayors or has_word or box.endswith(_ENDS_OF_BOXES) or host.startswith(_HOSTS_OF_OTHERS)


def is_of_district(value: str) -> bool:
    """Whether the text next to an email address says that it belongs to the principal council."""
    return _OF_DISTRICT.search(folded(value, _LONGEST).lower()) is not None


def may_be_persons(label: str) -> bool:
    """Whether a label of an address, number or link may be a person in charge of it, such as *Website officer*."""
    return bool(set(_WORDS.findall(_plain(label))) & {"officer", "contact", "contacts", "clerk"})


def may_name_anybody(label: str) -> bool:
    """Whether an unknown label may introduce a person, such as *Bookings*. Then the next values are not the clerk's."""
    terms = set(_WORDS.findall(_plain(label)))
    return bool(terms & _OFFICE) or not (terms & _NOBODYS or (terms and terms <= _NOBODYS_ALONE))


def is_of_clerk(heading: str) -> bool:
    """Whether a section is about the clerk or the council's contact."""
    terms = set(_WORDS.findall(_plain(heading)))
    return bool(terms) and terms <= _OF_SECTION


def holds_contact(text: str) -> bool:
    """Whether a text contains an email address or a phone number."""
    return _CONTACT.search(text[:2_000]) is not None
