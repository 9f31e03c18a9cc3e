"""The JSON API."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import WithJsonSchema

from routing.casework import wording
from routing.council import Council
from routing.errors import UnknownError
from routing.process import Question, filled
from routing.process.letters import Fee
from routing.web.context import web_context
from routing.web.hosts import asked_council
from routing.web.intake import LONGEST_KEY, SHORTEST_KEY, ReportIn, Signposted, take_report
from routing.web.tracking import as_document, look

router = APIRouter(prefix="/api", tags=["reports"])

PROBLEM = {"content": {"application/problem+json": {}}, "description": "What to change, field by field."}
REFUSALS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 408, 409, 413, 415, 421, 422, 429, 503), PROBLEM)
LOOKS: dict[int | str, dict[str, Any]] = dict.fromkeys((404, 421, 422, 503), PROBLEM)
KEY_SCHEMA = {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"}
"""Documented here, and checked in ``intake``, which names the header in errors."""


@router.post("/reports", status_code=201, responses=REFUSALS | {200: {"description": "A signpost. Nothing is stored."}})
def post_report(
    request: Request,
    given: ReportIn,
    idempotency_key: Annotated[
        str | None, WithJsonSchema(KEY_SCHEMA), Header(description="Send the same key again to repeat safely.")
    ] = None,
) -> JSONResponse:
    """Take a report: 201 with its reference and tracking address, or 200 with the organisation that can help."""
    ctx = web_context(request)
    ctx.report_limiter.count(request)
    asked = asked_council(ctx, request.scope, given.council)
    answer = take_report(ctx, asked, given, idempotency_key)
    if isinstance(answer, Signposted):
        return JSONResponse(_signpost(answer))
    site = answer.council.address(ctx.public_url)
    where = f"{site}/api/reports/{answer.receipt.reference}"
    secret = f"?token={answer.receipt.token}"
    document = {
        "reference": answer.receipt.reference,
        "tracking_url": f"{where}{secret}",
        "tracking_page": f"{site}/reports/{answer.receipt.reference}{secret}",
        "council": answer.council.slug,
        "reply_within_working_days": answer.definition.process.reply_within_working_days,
    }
    return JSONResponse(document, 201, {"Location": where})


def _signpost(answer: Signposted) -> dict[str, Any]:
    post = answer.signpost
    return {
        "signpost": {
            "id": post.id,
            "title": post.title,
            "text": post.text,
            "links": [link.model_dump() for link in post.links],
        },
        "rule": answer.rule,
        "council": answer.council.slug,
    }


@router.get("/reports/{reference}", responses=LOOKS)
def get_report(
    request: Request,
    response: Response,
    reference: str,
    token: Annotated[str, Query(description="The token in the tracking address.", max_length=200)] = "",
    authorization: Annotated[
        str | None, Header(description="Bearer and the token, instead of the query parameter.")
    ] = None,
) -> dict[str, Any]:
    """The state of a report, for people with its token. An unknown reference and a wrong token look the same."""
    response.headers["Cache-Control"] = "no-store"
    if authorization is not None and authorization.lower().startswith("bearer "):
        token = authorization[7:].strip()
    return as_document(look(web_context(request), reference, token))


@router.get("/processes/{slug}", tags=["processes"], responses=LOOKS)
def get_process(
    request: Request, slug: str, council: Annotated[str | None, Query(max_length=60)] = None
) -> dict[str, Any]:
    """The questions of a process: everything you need for your own form."""
    ctx = web_context(request)
    try:
        served = asked_council(ctx, request.scope, council)
        definition = ctx.catalogue.definition(served.slug, slug)
    except UnknownError as error:
        raise UnknownError("address", error.what_to_do) from None
    definition = filled(definition, wording(served, definition))
    return {
        "slug": definition.slug,
        "title": definition.process.title,
        "version": definition.version,
        "council": {"slug": served.slug, "name": served.name, "gss": served.gss},
        "reply_within_working_days": definition.process.reply_within_working_days,
        "questions": [
            _question(question)
            for question in definition.question
            if question.only_if_council_lists is None or served.listed(question.only_if_council_lists)
        ],
        "details": definition.details.model_dump() if definition.details is not None else None,
        "noun": definition.noun,
        "needs": {
            "place": definition.has_place,
            "details": definition.needs_details,
            "contact": definition.needs_contact,
        },
        "fees": [_fee(served, fee) for fee in definition.fee],
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "ask": question.ask,
        "hint": question.hint,
        "kind": question.kind,
        "needed": question.needed,
        "personal": question.personal,
        "only_if": {name: list(values) for name, values in question.only_if.items()},
        **question.offered(),
        "schema": question.to_schema(),
    }


def _fee(council: Council, fee: Fee) -> dict[str, Any]:
    """A fee: the first of its amounts whose conditions hold counts; ``amount_of`` names a question with the amount."""
    amounts = [{"when": {name: list(values) for name, values in each.when.items()}, "pounds": each.pounds}
               for each in fee.amounts]  # fmt: skip
    page = council.page_address(fee.page, "")
    return {"id": fee.id, "page": page, "amounts": amounts, "amount_of": fee.amount_of}
