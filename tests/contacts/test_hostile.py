"""A Modern.Gov that was taken over, or whose answers somebody changes on the way."""

from dataclasses import replace

import pytest

from routing import contacts
from routing.bounded_http import redirected
from routing.contacts import UNREVIEWED, ContactState
from routing.contacts.moderngov import ModernGovError, Throttle, Transport, accept, need_held
from routing.contacts.moderngov.errors import PrivateAddress
from routing.contacts.trust import is_trusted, own_domains
from routing.council import parse_council
from routing.errors import ConfigurationError, DefinitionError, InputError
from routing.settings import read_settings
from routing.sites import is_allowed, why_not
from tests.conftest import PLAIN
from tests.contacts.conftest import SLUG
from tests.present import present
from tests.servers import http_server

pytestmark = pytest.mark.thorough


def held(database):
    with database.transaction() as tx:
        return contacts.read_source(tx, SLUG)


def usable(database) -> set[str]:
    return {each.published.email for each in held(database).values() if each.is_usable}


@pytest.fixture
def move(faulty, links):
    """Give so many clerks another address; returns the parish codes."""
    own = {id_: code for code, id_ in links.items() if list(links.values()).count(id_) == 1}

    def change(number: int, domain: str = "evil.example") -> list[str]:
        moved: list[str] = []
        for place, entry in enumerate(faulty.entries):
            is_single = entry.moderngov_id in own and entry.email.count("@") == 1 and entry.clerk.lower() != "vacant"
            if entry.council == SLUG and is_single and len(moved) < number:
                faulty.entries[place] = replace(entry, email=f"clerk{place}@{domain}")
                moved.append(own[entry.moderngov_id])
        return moved

    return change


def test_one_that_moves_nearly_all_clerks_at_once_is_held_and_nothing_is_sent_there(database, refresh, faulty, move):
    refresh()
    before = usable(database)
    move(len(faulty.entries))
    found = refresh()
    assert found.outcome == "held"
    assert "would get a different address" in found.why_held
    assert usable(database) == before


def test_so_is_one_that_changes_them_within_the_councils_own_domain(database, refresh, faulty, move):
    refresh()
    before = usable(database)
    move(len(faulty.entries), "merewold.example")
    assert refresh().outcome == "held"
    assert usable(database) == before


def test_a_few_that_go_elsewhere_each_wait_for_a_person_and_the_team_acts(database, refresh, move):
    refresh()
    moved = move(2)
    found = refresh()
    assert (found.outcome, found.counts["moved"], found.counts["waiting"]) == ("applied", 2, 2)
    known = held(database)
    for code in moved:
        assert (known[code].state, known[code].reason) == (ContactState.QUARANTINED, UNREVIEWED)
        assert not known[code].is_usable
    assert not any(email.endswith("@evil.example") for email in usable(database))
    assert refresh().counts["waiting"] == 2, "it goes on waiting"


def test_a_person_lets_one_in_or_its_source_takes_it_back(database, refresh, faulty, move, links):
    refresh()
    entries = list(faulty.entries)
    first, second = move(2)
    refresh()
    with database.transaction() as tx:
        contacts.release(tx, SLUG, first, "ada", "The clerk said so on the telephone")
    faulty.entries[:] = [
        old if links[second] == old.moderngov_id else new for old, new in zip(entries, faulty.entries, strict=True)
    ]
    found = refresh()
    known = held(database)
    assert known[first].is_usable
    assert known[first].published.email.endswith("@evil.example")
    assert known[second].is_usable
    assert found.counts["released"] == 1
    with database.transaction() as tx, pytest.raises(InputError):
        contacts.release(tx, SLUG, second, "ada", "nothing waits")


def test_an_address_that_was_let_in_is_the_one_that_counts_from_then_on(database, refresh, faulty, move, links):
    refresh()
    (code,) = move(1, "parish-web.example")
    refresh()
    with database.transaction() as tx:
        contacts.release(tx, SLUG, code, "ada", "right")
    for place, entry in enumerate(faulty.entries):
        if entry.moderngov_id == links[code]:
            faulty.entries[place] = replace(entry, email="office@parish-web.example")
    refresh()
    assert held(database)[code].is_usable, "within the parish's own domain"


STEPS = {
    "a vacant office": {"clerk": "Vacant"},
    "no address": {"email": ""},
    "two addresses": {"email": "clerk@evil.example other@evil.example"},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("refused", [False, True], ids=["", "refused before"])
def test_an_address_that_comes_by_way_of_another_state_waits_all_the_same(
    database, refresh, faulty, move, links, step, refused
):
    refresh()
    before = list(faulty.entries)
    (code,) = move(1)
    (place,) = [n for n, entry in enumerate(faulty.entries) if entry != before[n]]
    filled = faulty.entries[place]
    if refused:
        with database.transaction() as tx:
            known = contacts.read_source(tx, SLUG)[code]
            contacts.quarantine(tx, known.id, present(known.published.email), "smtp-550")
    faulty.entries[place] = replace(filled, **STEPS[step])
    refresh()
    faulty.entries[place] = filled
    refresh()
    found = held(database)[code]
    assert (found.state, found.reason) == (ContactState.QUARANTINED, UNREVIEWED)
    assert found.trusted_email == before[place].email


def test_a_vacancy_that_is_filled_at_the_address_of_before_waits_for_nobody(database, refresh, faulty, move, links):
    refresh()
    before = list(faulty.entries)
    (code,) = move(1)
    (place,) = [n for n, entry in enumerate(faulty.entries) if entry != before[n]]
    for entry in (replace(before[place], clerk="Vacant"), replace(before[place], clerk="J Smith")):
        faulty.entries[place] = entry
        refresh()
    assert held(database)[code].is_usable


def test_one_under_the_councils_own_domain_is_used_at_once(database, refresh, faulty, move):
    refresh()
    (code,) = move(1, "parishes.merewold.example")
    assert refresh().outcome == "applied"
    assert held(database)[code].is_usable


def test_a_councils_domains_are_those_of_its_website_and_its_mailboxes(council):
    assert council.domains == {"merewold.example"}


def test_a_held_refresh_that_a_person_accepts_was_looked_at(database, refresh, faulty, move, council):
    refresh()
    moved = move(len(faulty.entries))
    refresh()
    with database.transaction() as tx:
        accept(tx, council, need_held(tx, SLUG), "ada", "the county moved its mail")
    known = held(database)
    assert all(known[code].is_usable for code in moved)


OWN = own_domains({"merewold.example", "merewold.gov.example", "gmail.com", ""})


@pytest.mark.parametrize(
    ("address", "trusted", "expected"),
    [
        ("clerk@merewold.example", None, True),
        ("clerk@parish.merewold.gov.example", None, True),
        ("clerk@evilmerewold.example", None, False),
        ("clerk@merewold.example.evil.example", None, False),
        ("clerk@elsewhere.example", "old@elsewhere.example", True),
        ("clerk@elsewhere.example", "old@other.example", False),
        ("new@gmail.com", "old@gmail.com", False),
        ("OLD@gmail.com", "old@gmail.com", True),
        ("first@elsewhere.example", None, False),
    ],
)
def test_an_address_is_trusted_by_domain_but_not_where_anybody_can_have_one(address, trusted, expected):
    assert is_trusted(address, trusted, OWN) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://democracy.example/x", "file:///etc/passwd", "ftp://x.example", "//x.example", "x.example",
        "http://127.0.0.1.evil.example/", "https://user:secret@x.example/", "http://10.0.0.7/", "http://[fe80::1]/",
        "http://0.0.0.0/", "gopher://x.example", "javascript:alert(1)", "https://", "https://x.example:port/",
    ],
)  # fmt: skip
def test_base_addresses_are_https_and_in_the_clear_only_on_this_machine(url):
    assert why_not(url) is not None
    with pytest.raises(ConfigurationError):
        Transport(url)
    text = (PLAIN / "councils" / SLUG / "council.toml").read_text()
    wrong = text.replace("https://democracy.merewold.example/merewold", url)
    with pytest.raises(DefinitionError, match=r"moderngov\.base_url"):
        parse_council(wrong, SLUG, "council.toml")


@pytest.mark.parametrize(
    "url", ["https://democracy.example/x", "http://127.0.0.1:8000/x", "http://localhost/", "http://[::1]/"]
)
def test_these_are_taken(url):
    assert why_not(url) is None


@pytest.mark.parametrize(
    ("host", "peer", "expected"),
    [
        ("democracy.example", "203.0.113.7", False),  # documentation: no machine of the internet
        ("democracy.example", "81.2.69.142", True),
        ("democracy.example", "10.0.0.7", False),
        ("democracy.example", "192.168.1.1", False),
        ("democracy.example", "169.254.169.254", False),
        ("democracy.example", "100.64.0.1", False),
        ("democracy.example", "127.0.0.1", False),
        ("democracy.example", "::1", False),
        ("democracy.example", "fe80::1%eth0", False),
        ("democracy.example", "fd00::1", False),
        ("democracy.example", "::ffff:10.0.0.7", False),
        ("democracy.example", "::ffff:127.0.0.1", False),
        ("democracy.example", "0.0.0.0", False),
        ("democracy.example", "64:ff9b::a00:1", False),  # NAT64 and 6to4 lead to an IPv4 address
        ("democracy.example", "64:ff9b::a9fe:a9fe", False),
        ("democracy.example", "64:ff9b::5102:458e", True),
        ("democracy.example", "64:ff9b:1::1", False),
        ("democracy.example", "2002:a00:1::", False),
        ("democracy.example", "2002:7f00:1::", False),
        ("democracy.example", "::7f00:1", False),
        ("democracy.example", "fec0::1", False),
        ("democracy.example", "ff02::1", False),
        ("democracy.example", "2001::1", False),
        ("democracy.example", "192.0.0.8", False),
        ("democracy.example", "224.0.0.1", False),
        ("democracy.example", "255.255.255.255", False),
        ("democracy.example", "2a00:1450:4009::1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost", "::1", True),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_asked(host, peer, expected):
    assert is_allowed(host, peer, ()) is expected


def test_unless_the_settings_name_the_network(monkeypatch):
    monkeypatch.setenv("WAYWARDEN_PRIVATE_NETWORKS", '["10.0.0.0/8", "fd00::/8"]')
    networks = read_settings().private_networks
    assert is_allowed("democracy.example", "10.1.2.3", networks)
    assert is_allowed("democracy.example", "fd00::7", networks)
    assert not is_allowed("democracy.example", "192.168.1.1", networks)


def test_a_name_that_leads_to_this_machine_gets_no_request(monkeypatch):
    """Whoever owns the name decides where it leads, and may change their mind between two requests."""
    import socket

    asked = []

    async def app(scope, receive, send):
        asked.append(scope["path"])

    with http_server(app) as url:
        port = int(url.rpartition(":")[2])
        real = socket.getaddrinfo

        def rebound(host, *rest, **more):
            return real("127.0.0.1" if host == "democracy.example" else host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        transport = Transport(f"https://democracy.example:{port}", Throttle(0), timeout_s=(2, 2, 2))
        with pytest.raises(PrivateAddress) as refused:
            transport.get("x")
        transport.close()
    assert asked == []
    assert "WAYWARDEN_PRIVATE_NETWORKS" in str(refused.value)
    assert isinstance(refused.value, ModernGovError)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/other", "https://a.example:8443/other"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("http://a.example:8443/x", None),
        ("https://a.example/x", None),
        ("https://a.example:8444/x", None),
        ("https://b.example:8443/x", None),
        ("https://a.example:8443@b.example/x", None),
        ("file:///etc/passwd", None),
        ("https://a.example:port/x", None),
        ("", None),
    ],
)
def test_a_redirect_stays_on_its_scheme_host_and_port(location, expected):
    assert redirected("https://a.example:8443/x", location) == expected
