"""An explanation to take along: as JSON for a programme to check, and as a PDF to hand over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, send_file, url_for
from flask_babel import get_locale

from lms.dashboards import explain_paper, explain_queries, explain_rules, explain_words
from lms.dashboards.explain_rules import Document
from lms.dashboards.participant_pages import About, about_of
from lms.db import reading
from lms.people.guards import SignedIn
from lms.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A document about one participant, as it is handed out (`content`), with the hash of just that."""

    about: About
    document: Document
    content: bytes
    digest: str


def explained(person: SignedIn, *, code: str, participant_id: UUID, now: datetime) -> Explained:
    """All that leads to somebody's figures, as of the moment in the address (else the present one), for whoever may see
    it. The document is the same for everybody. Ten queries, and one more for a facilitator."""
    as_of = explain_rules.as_of(request.args.get("as_of", ""))
    about = about_of(person, code=code, participant_id=participant_id, now=now, as_of=as_of)
    found = explain_rules.document(_asked(person, about, as_of or now))
    content = explain_rules.canonical(found)
    return Explained(about=about, document=found, content=content, digest=explain_rules.digest(content))


def as_json(one: Explained) -> Response:
    """The document in its canonical form; the ETag is its SHA-256."""
    answer = send_file(BytesIO(one.content), mimetype="application/json", download_name=_name(one, "json"))
    answer.headers["Cache-Control"] = "no-store"
    answer.set_etag(one.digest)
    answer.make_conditional(request)
    return answer


def as_pdf(one: Explained, *, now: datetime) -> Response:
    """The document on paper, in its reader's language."""
    locale = get_locale()
    address = _public(url_for("dashboards.explain_json", **_where(one), as_of=one.document["as_of"]))
    paper = explain_words.paper(one.document, digest=one.digest, address=address, now=now)
    written = explain_paper.pdf(paper, language="en" if locale is None else locale.language)
    answer = send_file(BytesIO(written), mimetype="application/pdf", download_name=_name(one, "pdf"))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(person: SignedIn, about: About, as_of: datetime) -> explain_rules.Asked:
    head = about.head
    return explain_rules.Asked(
        organisation={"slug": person.organisation_slug, "name": person.organisation_name},
        cohort={
            "code": head.code,
            "name": head.name,
            "starts_at": explain_rules.moment(head.starts_at),
            "ends_at": explain_rules.moment(head.ends_at),
            "time_zone": head.time_zone,
        },
        participant=_participant(about),
        programme=head.programme,
        fingerprint=explain_queries.fingerprint(reading(), organisation_id=person.organisation_id, cohort_id=head.id),
        result=about.result,
        as_of=as_of,
        details=_details(person, about),
        statements=_public("/xapi/statements"),
    )


def _participant(about: About) -> Document:
    who = about.person
    told = {name: getattr(who, name) for name in ("identifier", "name", "group", "category", "unit")}
    return {"id": str(who.participant_id)} | told


def _details(person: SignedIn, about: About) -> Mapping[UUID, Document]:
    """What is known of each mark, entry and override, by its id."""
    wanted: dict[str, Any] = {
        "organisation_id": person.organisation_id,
        "cohort_id": about.head.id,
        "participant_id": about.person.participant_id,
    }
    session = reading()
    marks = {one.id: explain_rules.of_mark(one) for one in explain_queries.marks_of(session, **wanted)}
    entries = {one.id: explain_rules.of_entry(one) for one in explain_queries.entries_of(session, **wanted)}
    made = explain_queries.overrides_of(session, **wanted)
    return marks | entries | {one.id: explain_rules.of_override(one.made_by, one.reason) for one in made}


def _public(path: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url + path


def _where(one: Explained) -> dict[str, Any]:
    return {"code": one.about.head.code, "participant_id": one.about.person.participant_id}


def _name(one: Explained, kind: str) -> str:
    """A file name that every system takes; the identifier may hold anything."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in one.about.person.identifier[:40])
    return f"explanation-{one.about.head.code}-{kept}.{kind}"
