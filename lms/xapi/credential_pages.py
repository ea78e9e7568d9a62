"""The page of credentials: keys and secrets by which other systems send and read statements."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import DomainError
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.xapi import access, queries, service
from lms.xapi.forms import SCOPES, CredentialForm


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
        )
    endpoint = f"{current_app.extensions['settings'].public_url}/xapi/"
    return {"key": key, "secret": secret, "endpoint": endpoint, "may_write": not access.WRITE.isdisjoint(scopes)}


def _page(form: CredentialForm) -> str:
    found = queries.credentials(reading(), organisation_id=current().organisation_id)
    states = {one.id: _state(one) for one in found}
    return render_template("xapi/credentials.html", credentials=found, states=states, words=SCOPES, form=form)


def _state(one: queries.CredentialInfo) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "expired" if one.expires_at is not None and one.expires_at <= now() else "active"
