"""The pages of credentials: keys and secrets by which other systems send and read statements."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, DomainError, NotFound
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.xapi import access, queries, service
from lms.xapi.forms import SCOPES, CredentialForm, LimitsForm
from lms.xapi.home_page_queries import new_home_pages
from lms.xapi.refusal_queries import RefusedCounts, refused_counts

NOTHING = RefusedCounts(open=0, let_go=0)
STRANGERS = 3
"""New sites that are named here; the page of what waits lists them all."""


@allowed(*READERS)
def credentials() -> ResponseReturnValue:
    """Every credential, and a form for one more."""
    return _page(CredentialForm())


@allowed(*MANAGERS)
def add_credential() -> ResponseReturnValue:
    """Make a credential, and show its secret this once."""
    form = CredentialForm()
    if not form.validate():
        return _page(form), 422
    try:
        made = _made(form)
    except DomainError as error:
        form.blame(error)
        return _page(form), 422
    return render_template("xapi/credential_made.html", label=form.label.data, **made), 201


@allowed(*READERS)
def credential(credential_id: UUID) -> ResponseReturnValue:
    """One credential, and its limits, which can be changed."""
    found = _found(credential_id)
    form = LimitsForm()
    form.home_pages.data = "\n".join(found.home_pages)
    form.activity_prefixes.data = "\n".join(found.activity_prefixes)
    return _one(found, form)


@allowed(*MANAGERS)
def limit_credential(credential_id: UUID) -> ResponseReturnValue:
    """Limit what it sends from now on."""
    form = LimitsForm()
    if not form.validate():
        return _one(_found(credential_id), form), 422
    try:
        _limit(credential_id, form)
    except NotFound:
        raise
    except DomainError as error:
        form.blame(error)
        return _one(_found(credential_id), form), 422
    flash(_("The limits are in force from the next request on. What was sent before stays."), "success")
    return redirect(url_for(".credential", credential_id=credential_id), 303)


@allowed(*MANAGERS)
def revoke_credential(credential_id: UUID) -> ResponseReturnValue:
    """From now on the credential opens nothing."""
    with transaction() as session:
        service.revoke_credential(
            session, organisation_id=current().organisation_id, credential_id=credential_id, now=now()
        )
    flash(_("The credential opens nothing any more. What it sent stays."), "success")
    return redirect(url_for(".credentials"), 303)


def _made(form: CredentialForm) -> dict[str, object]:
    scopes = form.scope.data or []
    with transaction() as session:
        key, secret = service.add_credential(
            session,
            organisation_id=current().organisation_id,
            label=form.label.data or "",
            scopes=scopes,
            expires_at=form.expires_at(),
            created_by=current().account_id,
            now=now(),
            **form.limits(),
        )
    endpoint = f"{current_app.extensions['settings'].public_url}/xapi/"
    return {"key": key, "secret": secret, "endpoint": endpoint, "may_write": not access.WRITE.isdisjoint(scopes)}


def _limit(credential_id: UUID, form: LimitsForm) -> None:
    limits = form.limits()
    with transaction() as session:
        service.limit_credential(
            session,
            organisation_id=current().organisation_id,
            credential_id=credential_id,
            home_pages=limits["home_pages"],
            activity_prefixes=limits["activity_prefixes"],
        )


def _found(credential_id: UUID) -> queries.CredentialInfo:
    found = queries.credentials_of(reading(), organisation_id=current().organisation_id, credential_ids=[credential_id])
    if not found:
        raise NotFound(N_("There is no such credential."))
    return found[0]


def _page(form: CredentialForm) -> str:
    session, organisation_id = reading(), current().organisation_id
    found = queries.credentials(session, organisation_id=organisation_id)
    return render_template(
        "xapi/credentials.html",
        credentials=found,
        states={one.id: _state(one) for one in found},
        refused=refused_counts(session, organisation_id=organisation_id),
        strangers=new_home_pages(session, organisation_id=organisation_id, limit=STRANGERS + 1),
        named=STRANGERS,
        words=SCOPES,
        form=form,
    )


def _one(found: queries.CredentialInfo, form: LimitsForm) -> str:
    session, organisation_id = reading(), current().organisation_id
    refused = refused_counts(session, organisation_id=organisation_id)
    return render_template(
        "xapi/credential.html",
        credential=found,
        state=_state(found),
        refused=refused.get(found.id, NOTHING),
        strangers=new_home_pages(session, organisation_id=organisation_id, credential_id=found.id, limit=STRANGERS + 1),
        named=STRANGERS,
        may_write=not access.WRITE.isdisjoint(found.scopes),
        words=SCOPES,
        form=form,
    )


def _state(one: queries.CredentialInfo) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "expired" if one.expires_at is not None and one.expires_at <= now() else "active"
