"""The JSON API over real HTTP: what is taken, what is refused and how, and that nothing is stored of what is refused."""

import http.client
import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from routing import casework
from routing.health import known_web, last_well
from routing.place import activate, load_vintage
from routing.private import prefect_auth, readyz_auths
from routing.web import create_app, make_web_context
from routing.web.app import THREADS
from tests.casework.factory import claim, decide_batch, know_clerk
from tests.conftest import ROOT, until
from tests.samples import ANSWERS, answers, code, oracle, point, submission
from tests.servers import http_server, web_server


def count(web, table="report"):
    with web.ctx.database.transaction() as tx:
        query = {"report": "SELECT count(*) AS n FROM report", "reporter": "SELECT count(*) AS n FROM reporter"}[table]
        return tx.execute(query).fetchone()["n"]


def blocked(tx):
    return tx.execute("SELECT count(*) AS n FROM pg_locks WHERE NOT granted").fetchone()["n"]


def test_a_report_is_taken_with_reference_and_tracking_address(web):
    answer = web.post(submission())
    assert answer.status_code == 201
    document = answer.json()
    assert document["reference"].startswith("WW-")
    assert document["tracking_url"].startswith("http://reports.example/api/reports/WW-")
    assert document["council"] == "merewold"
    assert answer.headers["Location"].endswith(document["reference"])
    assert count(web) == 1


@pytest.mark.parametrize("row", [row for row in oracle() if row["outcome"] == "signpost"], ids=lambda row: row["case"])
def test_a_signpost_is_answered_and_nothing_is_stored(web, row):
    body = {"process": row["process"], "answers": answers(row), "reporter": {"email": "a@b.example"}}
    if row["easting"]:
        body["place"] = {"easting": float(row["easting"]), "northing": float(row["northing"])}
    answer = web.post(body)
    assert (answer.status_code, answer.json()["rule"]) == (200, row["rule"])
    post = answer.json()["signpost"]
    assert post["title"]
    assert "{" not in post["title"] + post["text"]
    assert count(web) == count(web, "reporter") == 0


def test_degrees_and_metres_name_the_same_place(web):
    answer = web.post(submission(place={"lat": 53.87, "lon": 0.9}))
    assert answer.status_code in {200, 201}


REFUSED = {
    "unknown process": (submission(process="potholes"), 422, "process", "speeding-traffic"),
    "unknown council": (submission(council="nowhere"), 422, "council", "merewold"),
    "unknown question": (submission(answers=ANSWERS | {"colour": "red"}), 422, "answers.colour", "no such question"),
    "choice outside the list": (submission(answers=ANSWERS | {"limit": "35"}), 422, "answers.limit", "20, 30, 40"),
    "missing answer": (
        submission(answers={"nature": "pattern", "road": "no", "time": "day"}),
        422,
        "answers.limit",
        "",
    ),
    "no answers": (submission(answers={}), 422, "answers.nature", "Select what is happening"),
    "answers no object": (submission(answers=["pattern"]), 422, "answers", ""),
    "no place": (submission(place=None), 422, "place", "Enter the place"),
    "place no object": (submission(place="Netherby"), 422, "place", ""),
    "place not numbers": (submission(place={"lat": "51", "lon": -1.3}), 422, "place.lat", "not a number"),
    "place swapped": (submission(place={"lat": -1.3, "lon": 51.4}), 422, "place", "swapped"),
    "place out of range": (submission(place={"lat": 12, "lon": -1.3}), 422, "place.lat", "outside Great Britain"),
    "place in the wrong system": (
        submission(place={"lat": 566000, "lon": 445000}),
        422,
        "place",
        "easting and northing",
    ),
    "details too long": (submission(details="x" * 1001), 422, "details", "1,000 characters or less"),
    "details with control characters": (submission(details="a\u0000b"), 422, "details", "control characters"),
    "email": (submission(reporter={"email": "not an address"}), 422, "reporter.email", "name@example.com"),
    "name on two lines": (submission(reporter={"name": "a\r\nBcc: x"}), 422, "reporter.name", "one line"),
    "unknown field": (submission(colour="red"), 422, "colour", "Remove this field"),
    "missing process": ({"answers": {}}, 422, "process", "Send this field"),
    "no object": ([1, 2], 400, "body", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_by_field_with_what_to_do(web, name):
    body, status, field, text = REFUSED[name]
    answer = web.post(body)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    named = {error["field"]: error["what_to_do"] for error in problem["errors"]}
    assert field in named
    assert text in named[field]
    assert count(web) == 0


def raw(web, body, headers, method="POST", path="/api/reports"):
    connection = http.client.HTTPConnection(urlsplit(web.url).netloc, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content else None


JSON = {"Content-Type": "application/json"}
RAW = {
    "no JSON": (b"{", JSON, 400, "body"),
    "no UTF-8": (b'"\xff"', JSON, 400, "body"),
    "empty": (b"", JSON, 400, "body"),
    "not a number": (b'{"process":"speeding-traffic","answers":{},"place":{"lat":NaN,"lon":1}}', JSON, 422, "place.lat"),
    "too many digits": (b'{"process":' + b"9" * 5000 + b"}", JSON, 400, "body"),
    "form": (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "Content-Type"),
    "no type": (b"{}", {}, 415, "Content-Type"),
    "over 64 KiB": (b'"' + b"x" * 65_536 + b'"', JSON, 413, "body"),
    "lone surrogate as a question": (
        b'{"process":"speeding-traffic","answers":{"\\ud800":"a"}}', JSON, 422, "answers.?",
    ),
    "lone surrogate": (
        b'{"process":"speeding-traffic","answers":{"nature":"danger"},"details":"\\ud800"}', JSON, 422, "details",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_bodies_that_are_no_report_are_refused(web, name):
    body, headers, status, field = RAW[name]
    found, problem = raw(web, body, headers)
    assert found == status, problem
    if field:
        assert field in {error["field"] for error in problem["errors"]}
    assert count(web) == 0


def test_a_body_that_comes_in_chunks_without_a_length_is_limited_too(web):
    def chunks():
        for _ in range(200):
            yield b"x" * 1000

    try:
        answer = requests.post(f"{web.url}/api/reports", data=chunks(), headers=JSON, timeout=10)
        assert answer.status_code == 413
    except requests.ConnectionError:  # the server may close before everything was sent
        assert web.get("/healthz").status_code == 200
    assert count(web) == 0


class TestIdempotency:
    def test_a_repeat_gives_the_same_reference(self, web):
        one = web.post(submission(), **{"Idempotency-Key": "a-key-of-its-own-1"})
        two = web.post(submission(), **{"Idempotency-Key": "a-key-of-its-own-1"})
        assert (one.status_code, two.status_code) == (201, 201)
        assert one.json() == two.json()
        assert count(web) == 1

    def test_a_repeat_with_another_body_is_a_conflict(self, web):
        web.post(submission(), **{"Idempotency-Key": "a-key-of-its-own-1"})
        answer = web.post(submission(details="other"), **{"Idempotency-Key": "a-key-of-its-own-1"})
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
        assert count(web) == 1

    @pytest.mark.parametrize("key", ["x" * 256, "two words that are long", "", "k", "x" * 15])
    def test_a_key_has_a_form(self, web, key):
        assert web.post(submission(), **{"Idempotency-Key": key}).status_code == 400

    def test_many_at_once_store_one(self, web):
        answers = []
        threads = [
            threading.Thread(
                target=lambda: answers.append(web.post(submission(), **{"Idempotency-Key": "a-key-of-its-own-2"}))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["reference"] for answer in answers}) == 1
        assert count(web) == 1


class TestTracking:
    def test_a_citizen_sees_where_the_report_stands(self, web, catalogue):
        know_clerk(web.ctx.database, code("parish"))
        document = web.post(submission()).json()
        path = document["tracking_url"].removeprefix("http://reports.example")
        assert web.get(path).json()["state"] == "received"
        batch = claim(web.ctx.database)
        decide_batch(web.ctx.database, catalogue, batch)
        assert web.get(path).json()["next"] is None  # nobody has it yet
        with web.ctx.database.statements() as tx:
            for message in casework.read_outbox(tx, batch.id):
                casework.mark_sent(tx, message, "data-250")
        answer = web.get(path)
        assert "We have sent your report to Test Parish Council" in answer.json()["next"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "@" not in answer.text

    def test_the_token_may_come_in_a_header(self, web):
        document = web.post(submission()).json()
        token = document["tracking_url"].partition("token=")[2]
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{web.url}/api/reports/{document['reference']}", headers=headers, timeout=5)
        assert answer.status_code == 200

    def test_an_unknown_reference_and_a_wrong_token_look_the_same(self, web):
        reference = web.post(submission()).json()["reference"]
        wrong, none = web.get(f"/api/reports/{reference}", token="x"), web.get(f"/api/reports/{reference}")
        unknown = web.get("/api/reports/WW-2222-2222", token="x")
        assert wrong.status_code == unknown.status_code == none.status_code == 404
        assert wrong.json() == unknown.json() == none.json()


def test_a_process_is_described_for_a_form_of_ones_own(web):
    document = web.get("/api/processes/speeding-traffic").json()
    assert [question["id"] for question in document["questions"]] == ["nature", "road", "limit", "time"]
    assert document["questions"][1]["ask"] == "Is it on the A1990 or the M199?"
    theirs = web.get("/api/processes/speeding-traffic", council="saltby").json()
    assert [question["id"] for question in theirs["questions"]] == ["nature", "limit", "time"]
    for answer in (web.get("/api/processes/potholes"), web.get("/api/nowhere")):
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_openapi_document_lists_the_api(web):
    paths = web.get("/openapi.json").json()["paths"]
    assert {"/api/reports", "/api/reports/{reference}", "/api/processes/{slug}", "/healthz", "/readyz"} <= set(paths)


class TestHealth:
    def test_a_web_without_an_engine_takes_reports_and_says_that_they_wait(self, web):
        assert web.get("/healthz").json() == {"status": "ok"}
        web.post(submission())
        answer = ready(web)
        assert answer.status_code == 503
        assert "Start one with: waywarden run engine" in answer.json()["checks"]["engine"]
        assert answer.json()["waiting"] == 1

    @pytest.mark.parametrize("header", [None, "Basic !", "Basic d2F5d2FyZGVuOng=", "Bearer x", "Basic"])
    def test_whoever_does_not_hold_the_auth_string_hears_the_status_alone(self, web, header):
        answer = requests.get(f"{web.url}/readyz", headers={"Authorization": header} if header else {}, timeout=10)
        assert answer.json() == {"status": "not ready"}
        assert answer.status_code == 503

    @pytest.mark.parametrize("header", ["Basic \u00e9", "Basic =", "Basic YQ"])
    def test_what_is_no_base64_is_no_sign_in(self, web, header):
        headers = {"Authorization": header.encode("latin-1")}
        assert requests.get(f"{web.url}/readyz", headers=headers, timeout=10).json() == {"status": "not ready"}

    def test_a_watchdog_signs_in_with_a_string_that_opens_nothing_else(self, web):
        string, prefects = readyz_auths(web.ctx.settings.data_dir)
        assert string != prefects
        answer = requests.get(f"{web.url}/readyz", auth=user_and_password(string), timeout=10)
        assert "engine" in answer.json()["checks"]

    def test_the_line_that_operators_are_shown_asks_with_it_and_shows_it_to_nobody(self, web):
        readyz_auths(web.ctx.settings.data_dir)
        text = (ROOT / "docs" / "operations.md").read_text()
        (line,) = [each for each in text.splitlines() if "curl" in each and "/readyz" in each]
        assert "$(" not in line
        line = line.replace("/var/lib/waywarden", str(web.ctx.settings.data_dir))
        line = line.replace("http://127.0.0.1:8080", web.url)
        done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=20, check=True)
        assert "engine" in json.loads(done.stdout)["checks"]

    def test_a_process_whose_threads_all_wait_for_the_database_still_says_that_it_lives(self, settings):
        ctx = make_web_context(settings, "http://reports.example")
        with http_server(create_app(ctx)) as url, ThreadPoolExecutor(THREADS) as pool:
            with ctx.database.transaction() as tx:
                tx.execute("LOCK TABLE report")
                posts = [pool.submit(requests.post, f"{url}/api/reports", json=submission()) for _ in range(THREADS)]
                until(lambda: blocked(tx) == THREADS)
                assert requests.get(f"{url}/healthz", timeout=10).json() == {"status": "ok"}
                assert not any(post.done() for post in posts)
            assert {post.result(20).status_code for post in posts} == {201}

    @pytest.mark.thorough
    def test_a_web_notes_while_it_runs_that_it_does_and_that_the_database_is_well(self, settings, http):
        told = settings.model_copy(update={"web_port": 8099})
        with web_server(told, http):
            assert known_web(settings.data_dir) == "http://127.0.0.1:8099"
            noted = last_well(settings.data_dir)
            assert set(noted) == {"database", "disk", "web"}
            until(lambda: min(last_well(settings.data_dir).values()) > max(noted.values()), what="again and again")

    def test_a_web_notes_no_database_as_well_that_cannot_be_written(self, settings, database, http):
        with database.transaction() as tx:
            tx.execute("ALTER ROLE waywarden SET default_transaction_read_only = on")
        try:
            with web_server(settings, http):
                assert "database" not in last_well(settings.data_dir)
        finally:
            with database.transaction() as tx:
                tx.execute("SET TRANSACTION READ WRITE")
                tx.execute("ALTER ROLE waywarden RESET default_transaction_read_only")

    @pytest.mark.thorough
    def test_a_web_that_starts_before_the_schema_is_there_says_so_and_is_ready_once_it_is(
        self, empty_database, settings, http
    ):
        from routing.database import upgrade

        with web_server(settings.model_copy(update={"database_url": empty_database}), http) as web:
            answer = ready(web)
            assert answer.status_code == 503
            assert "waywarden db upgrade" in answer.json()["checks"]["database"]
            upgrade(empty_database)
            until(lambda: ready(web).json()["checks"]["database"] == "ok")
            until(lambda: web.post(submission()).status_code == 201)

    @pytest.mark.parametrize(
        ("values", "check"),
        [("true, NULL", None), ("false, NULL", "prefect"), ("true, 'mail-550'", "mail")],
        ids=["well", "prefect away", "mail stopped"],
    )
    def test_the_heartbeat_of_the_engine_is_read(self, web, values, check):
        from psycopg import sql

        with web.ctx.database.transaction() as tx:
            query = "INSERT INTO heartbeat (engine, prefect_reachable, channel_stopped) VALUES ('e', {})"
            tx.execute(sql.SQL(query).format(sql.SQL(values)))
        answer = ready(web)
        bad = {name for name, text in answer.json()["checks"].items() if text != "ok"}
        assert bad == ({check} if check else set())
        assert answer.status_code == (503 if check else 200)


@pytest.mark.parametrize(
    ("mail", "address", "is_well"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080", True),
        ("mail.council.example", "https://reports.example", True),
        ("mail.council.example", "http://127.0.0.1:8080", False),
        ("mail.council.example", "http://localhost:8080", False),
        ("mail.council.example", "http://0.0.0.0:8080", False),
        ("mail.council.example", "http://reports.example:0", False),
    ],
)
def test_links_to_this_machine_in_mail_that_leaves_it_are_an_alarm(web, mail, address, is_well):
    web.ctx.settings = web.ctx.settings.model_copy(update={"smtp_host": mail})
    web.ctx.public_url = address
    said = ready(web).json()["checks"]["links"]
    assert said == "ok" if is_well else said.endswith("Set WAYWARDEN_PUBLIC_URL.")


def user_and_password(string: str) -> tuple[str, str]:
    user, _, password = string.partition(":")
    return user, password


def ready(web):
    """What somebody hears who holds the string that opens Prefect."""
    auth = user_and_password(prefect_auth(web.ctx.settings.data_dir))
    return requests.get(f"{web.url}/readyz", auth=auth, timeout=10)


@pytest.mark.parametrize(
    "given", ["Basic caf\u00e9", "Basic \u00ff\u00fe", "Basic x", "Basic", "Bearer caf\u00e9", "\u00e9"]
)
def test_whoever_signs_in_with_what_is_no_sign_in_hears_what_anybody_hears(web, given):
    answer = requests.get(f"{web.url}/readyz", headers={"Authorization": given.encode("latin-1")}, timeout=10)
    anybody = requests.get(f"{web.url}/readyz", timeout=10)
    assert (answer.status_code, answer.json()) == (anybody.status_code, anybody.json())


def test_what_nobody_sees_is_taken_out_of_a_citizens_name_and_address(web):
    who = {
        "name": "A\u202eda\u200b  Lovelace\u2028",
        "email": "ada\u200b@citizen.example",
        "phone": "01632\u00a0960 123",
    }
    assert web.post(submission(reporter=who)).status_code == 201
    with web.ctx.database.transaction() as tx:
        row = tx.execute("SELECT name, email, phone FROM reporter").fetchone()
    assert row == {"name": "Ada Lovelace", "email": "ada@citizen.example", "phone": "01632 960 123"}


def test_a_new_vintage_is_taken_up_while_the_web_runs(web):
    from routing.place import Area
    from routing.vocabulary import AreaKind

    held = web.ctx.boundaries.held
    with web.ctx.database.transaction() as tx:
        areas = [
            (Area(area.code, area.name, AreaKind(area.kind), area.district), polygon.wkb)
            for area, polygon in zip(held.areas, held.polygons, strict=True)
            if area.code != code("parish")
        ]
        activate(tx, load_vintage(tx, "smaller", "x", areas))
    until(lambda: web.ctx.boundaries.held.vintage != held.vintage)
    assert web.post(submission()).status_code == 201


def test_when_the_database_is_away_the_answer_says_that_nothing_was_kept(web, monkeypatch):
    from routing.database import Database

    away = Database("postgresql://nobody@127.0.0.1:9/none", connections=1)
    away._pool.timeout = 0.2
    monkeypatch.setattr(web.ctx, "database", away)
    answer = web.post(submission())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "We stored nothing" in answer.json()["title"]
    assert web.get("/readyz").status_code == 503
    monkeypatch.undo()
    away.close()


def test_a_web_that_was_started_while_the_database_was_away_judges_no_place_before_it_has_looked(settings, http):
    """By no boundaries the place would be nobody's, and the council's own roads would be asked for: no error of theirs."""
    answers = {name: value for name, value in ANSWERS.items() if name != "road"}
    report = submission("served neighbour", answers=answers)
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    ctx = make_web_context(away, "http://reports.example")
    ctx.database._pool.timeout = 0.2
    ctx.start()
    http.app = create_app(ctx)
    said = [
        requests.post(f"{http.url}/api/reports", json=report, timeout=10),
        requests.get(f"{http.url}/council/merewold/parishes.json", timeout=10),
        requests.get(f"{http.url}/council/merewold/place?lat=53.8&lon=0.4", timeout=10),
    ]
    assert [answer.status_code for answer in said] == [503] * 3
    ctx.stop()
    back = make_web_context(settings, "http://reports.example")
    back.start()
    http.app = create_app(back)
    assert requests.post(f"{http.url}/api/reports", json=report, timeout=10).status_code == 201
    http.app = None
    back.stop()


@pytest.mark.thorough
def test_while_the_database_is_away_many_are_answered_soon(settings):
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    ctx = make_web_context(away, "http://reports.example")
    ctx.database._pool.timeout = 2.0
    with http_server(create_app(ctx)) as url, ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: requests.get(f"{url}/readyz", timeout=10).status_code, range(40)))
        posts = list(pool.map(lambda _: requests.post(f"{url}/api/reports", json=submission(), timeout=10), range(40)))
    assert set(answers) == {post.status_code for post in posts} == {503}


def test_a_place_in_the_neighbours_area_becomes_their_report(web):
    answers = {name: value for name, value in ANSWERS.items() if name != "road"}
    document = web.post(submission("served neighbour", answers=answers)).json()
    assert document["council"] == "saltby"
    with web.ctx.database.transaction() as tx:
        assert tx.execute("SELECT council FROM report").fetchone()["council"] == "saltby"


def test_points_are_stored_in_metres(web):
    web.post(submission())
    with web.ctx.database.transaction() as tx:
        row = tx.execute("SELECT easting, northing FROM report").fetchone()
    assert dict(row) == point("parish")


def test_an_error_nobody_foresaw_is_a_problem_document_and_its_text_reaches_no_log(web, capfd, caplog):
    """The database quotes the row in its error, as it does for a constraint."""
    with web.ctx.database.transaction() as tx:
        tx.execute("ALTER TABLE report ADD CONSTRAINT canary CHECK (details IS NULL)")
    try:
        answer = web.post(submission(details="canary-quetzal"))
    finally:
        with web.ctx.database.transaction() as tx:
            tx.execute("ALTER TABLE report DROP CONSTRAINT canary")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "CheckViolation" in caplog.text
    shown = capfd.readouterr()
    assert "quetzal" not in answer.text + caplog.text + shown.out + shown.err
    assert count(web) == 0


def test_an_address_is_kept_as_mail_servers_know_it_and_one_that_they_do_not_know_is_refused():
    from pydantic import ValidationError

    from routing.web.intake import ReporterIn

    assert ReporterIn(email="a@b\u00fccher.example").email == "a@xn--bcher-kva.example"
    assert (
        ReporterIn(email="ann\u2019o@example.org").email == "ann'o@example.org"
    )  # as a telephone's keyboard writes it
    with pytest.raises(ValidationError, match=r"correct format, like name@example\.com"):
        ReporterIn(email="ann o@example.org")
    with pytest.raises(ValidationError, match="without accents"):
        ReporterIn(email="j\u00f6rg@example.org")


@pytest.mark.parametrize(
    "typed",
    [
        "\u200banne@example.com",
        "anne\u200b@example.com",
        "anne@exam\u00adple.com",
        "Email: anne@example.com",
        "e-mail: <anne@example.com>",
        "anne@example.com (work)",
        "\u202aanne@example.com\u202c",
        "anne\uff20example\uff0ecom",
    ],
)
def test_what_nobody_sees_in_an_address_is_no_part_of_it(typed):
    from routing.vocabulary import email_address

    assert email_address(typed) == "anne@example.com"
