"""The pages of what was refused: read it, repair it and send it again, or put it aside."""

from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.people import queries as people_queries
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.web.errors import told
from lms.xapi import access, queries, receiving, refusals, rules, service
from lms.xapi.forms import RepairForm
from lms.xapi.refusal_queries import Refused, refused, refused_body, refused_counts, refused_request
from lms.xapi.senders import Changed

SHOWN = 50
EDITABLE = 100_000
"""Characters that a page lets edit; of more, a file is brought."""
IDS_SHOWN = 50
"""Statements that a page links to."""
STATES = {"open": ("",), "settled": ("sent", "dismissed"), "all": ()}


@allowed(*READERS)
def refused_requests() -> ResponseReturnValue:
    """What was refused and is open, those that came last first; or what is settled, or all."""
    session, organisation_id = reading(), current().organisation_id
    state = request.args.get("state", "open")
    credential_id = _uuid(request.args.get("credential", ""))
    after = request.args.get("after")
    page = refused(
        session,
        organisation_id=organisation_id,
        credential_id=credential_id,
        states=STATES.get(state, STATES["open"]),
        after=rules.decode_cursor(after) if after else None,
        limit=SHOWN,
    )
    counts = refused_counts(session, organisation_id=organisation_id)
    return render_template(
        "xapi/refused.html",
        page=page,
        more="" if page.more is None else _address(after=rules.encode_cursor(page.more)),
        first=_address() if after else "",
        systems=[(one.id, one.label) for one in queries.credentials(session, organisation_id=organisation_id)],
        let_go=sum(one.let_go for key, one in counts.items() if credential_id in (None, key)),
        state=state,
        credential_id=credential_id,
    )


@allowed(*READERS)
def refused_one(refused_id: UUID) -> ResponseReturnValue:
    """One refused request: why, the place, its body, and a form to send it again."""
    found = _found(refused_id)
    form = RepairForm()
    form.statement_id.data = _statement_id(found)
    body = refused_body(reading(), organisation_id=current().organisation_id, refused_id=refused_id)
    text = _json(found, body)
    return _page(found, form, text, None if text is None else refusals.readable(text))


@allowed(*READERS)
def refused_download(refused_id: UUID) -> ResponseReturnValue:
    """The body as it came, or with `json` what can be repaired of it."""
    found = _found(refused_id)
    body = refused_body(reading(), organisation_id=current().organisation_id, refused_id=refused_id)
    text = _json(found, body) if "json" in request.args else None
    # Whatever was sent here must not run as a page of this address.
    response = Response(body if text is None else text, mimetype="application/octet-stream")
    ending = "bin" if text is None else "json"
    response.headers.set("Content-Disposition", "attachment", filename=f"refused-{refused_id}.{ending}")
    response.headers["Cache-Control"] = "no-store"
    return response


@allowed(*MANAGERS)
def send_refused_again(refused_id: UUID) -> ResponseReturnValue:
    """Send it again as it was repaired, by the very same rules and in the name of the same credential."""
    found, form = _found(refused_id), RepairForm()
    text = _text(found, form)
    try:
        ids = _send(found, form, text)
    except DomainError as error:
        return _page(found, form, text, text, error), 422
    flash(ngettext("%(num)s statement was stored.", "%(num)s statements were stored.", len(ids)), "success")
    return redirect(url_for(".refused_one", refused_id=refused_id), 303)


@allowed(*MANAGERS)
def dismiss_refused(refused_id: UUID) -> ResponseReturnValue:
    """Nobody needs to look at it any more."""
    with transaction() as session:
        service.dismiss_refused(
            session,
            organisation_id=current().organisation_id,
            refused_id=refused_id,
            settled_by=current().account_id,
            now=now(),
        )
    flash(_("Put aside. It is kept until later ones need its place."), "success")
    return redirect(url_for(".refused_requests"), 303)


def _found(refused_id: UUID) -> Refused:
    found = refused_request(reading(), organisation_id=current().organisation_id, refused_id=refused_id)
    if found is None:
        raise NotFound(N_("There is no such request; it may have been let go to make room for later ones."))
    return found


def _text(found: Refused, form: RepairForm) -> str:
    """What was typed or brought; where there is no field to type in, and no file, the JSON as it came."""
    if form.has_text:
        return form.text()
    body = refused_body(reading(), organisation_id=current().organisation_id, refused_id=found.id)
    return _json(found, body) or ""


def _send(found: Refused, form: RepairForm, text: str) -> list[UUID]:
    organisation_id, statement_id = current().organisation_id, (form.statement_id.data or "").strip()
    body = refused_body(reading(), organisation_id=organisation_id, refused_id=found.id)
    credential = _credential(found)
    if statement_id:
        rules.parse_filters([("statementId", statement_id)], version=found.version)
    # Whoever stores works in a transaction of its own.
    reading().rollback()
    try:
        ids = receiving.take(
            credential,
            refusals.repaired(found.content_type, body, text),
            version=found.version,
            statement_id=_uuid(statement_id),
            settles=service.Settlement(refused_id=found.id, settled_by=current().account_id),
        )
    except Changed:
        raise Conflict(N_("The credential was changed at this moment; look at it, and send again.")) from None
    return list(ids)


def _credential(found: Refused) -> queries.CredentialInfo:
    """The credential that sent it, which must still be allowed to."""
    listed = queries.credentials_of(
        reading(), organisation_id=current().organisation_id, credential_ids=[found.credential_id]
    )
    if not access.is_valid(listed[0], now()):
        raise Conflict(
            N_(
                "The credential that sent this was revoked or has expired, so nothing is stored in its name any more. "
                "Download it, and let the system send it with a credential that is valid."
            )
        )
    return listed[0]


def _page(
    found: Refused, form: RepairForm, text: str | None, edited: str | None, error: DomainError | None = None
) -> str:
    """`text` is the JSON, None where it cannot be got out of the body; `error` is why it was refused this time.

    `edited` is what the field to type in holds, unless that is too much. What somebody has typed is never too much.
    """
    reason = found.reason if error is None else error
    is_typed = error is not None and form.statements.raw_data and not form.file.data
    is_short = edited is not None and (is_typed or len(edited) <= EDITABLE)
    if is_short:
        form.statements.data = edited
    return render_template(
        "xapi/refused_one.html",
        refused=found,
        settled_by=_settled_by(found),
        ids_shown=IDS_SHOWN,
        most_bytes=current_app.config["MAX_CONTENT_LENGTH"],
        reason=told(reason),
        place=reason.place,
        is_new=error is not None,
        shown=None if text is None else refusals.shown(text, reason.place),
        is_short=is_short,
        has_attachments=refusals.is_multipart(found.content_type),
        form=form,
    )


def _settled_by(found: Refused) -> str:
    """The name of who settled it; empty while nobody has."""
    if found.settled_by is None:
        return ""
    account = people_queries.account(reading(), organisation_id=current().organisation_id, account_id=found.settled_by)
    return account.name


def _json(found: Refused, body: bytes) -> str | None:
    try:
        return refusals.json_of(found.content_type, body) if found.is_whole else None
    except DomainError:
        return None


def _statement_id(found: Refused) -> str:
    return parse_qs(found.query).get("statementId", [""])[0] if found.method == "PUT" else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _address(**changes: Any) -> str:
    kept: dict[str, Any] = {name: request.args[name] for name in ("state", "credential") if name in request.args}
    return url_for(".refused_requests", **kept, **changes)
