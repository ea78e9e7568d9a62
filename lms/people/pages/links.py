"""One-time links: choosing a password with one, and asking for one."""

from base64 import b64encode
from collections.abc import Sequence

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import NotFound
from lms.people import queries, service
from lms.people import sign_in as cookie
from lms.people.forms import ForgottenForm, NewPasswordForm
from lms.people.guards import public
from lms.web.forms import refusal


@public
def invitation(token: str) -> ResponseReturnValue:
    """Opening a link uses nothing up, for mail programs open links too; the password does."""
    form = NewPasswordForm()
    link = queries.link(reading(), token=token, now=now())
    status = refusal(form, lambda: _accept(token, form.password.data))
    if status is None:
        return redirect("/", 303)
    return render_template("people/invitation.html", form=form, link=link), status


def _accept(token: str, password: str) -> None:
    with transaction() as session:
        link = service.accept_invitation(session, token=token, password=password, now=now())
        cookie.remember(session, organisation_id=link.organisation_id, account_id=link.account_id)


@public
def forgotten() -> ResponseReturnValue:
    """The answer is the same whether anybody has that name or not."""
    form = ForgottenForm(organisation=request.args.get("organisation", ""))
    only = queries.only_organisation(reading())
    page = {"form": form, "only": only, "by_mail": bool(current_app.extensions["settings"].smtp_url)}
    slug = only.slug if only is not None else (form.organisation.data or "").lower()
    status = refusal(form, lambda: _ask_for_link(slug, form.name.data))
    if status is None:
        return render_template("people/asked.html", **page)
    return render_template("people/forgotten.html", **page), status


def _ask_for_link(slug: str, name: str) -> None:
    try:
        organisation = queries.organisation_by_slug(reading(), slug=slug)
    except NotFound:
        return
    with transaction() as session:
        service.forgotten(session, organisation_id=organisation.id, name=name, now=now())


def shown_once(invited: Sequence[service.Invited], *, back: str) -> ResponseReturnValue:
    """The page of fresh links. They are kept nowhere, so it comes with the file to save, and says where to go on."""
    public_url = current_app.extensions["settings"].public_url
    table = service.links_csv(invited, public_url=public_url)
    download = "data:text/csv;base64," + b64encode(table.encode("utf-8-sig")).decode()
    return render_template("people/links.html", invited=invited, public_url=public_url, download=download, back=back)
