"""Signing in and out, and one's own account."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, DomainError, NotFound
from lms.people import queries, rules, service
from lms.people import sign_in as cookie
from lms.people.forms import ChangePasswordForm, OrganisationForm, SignInForm
from lms.people.guards import allowed, anybody, current, public
from lms.web.forms import refusal
from lms.web.shell import safe_path

WRONG = N_("That is not right. Check the name and the password; capital letters matter in the password.")
NOT_PRESENT = N_("That is not your present password.")


@public
def sign_in() -> ResponseReturnValue:
    """The form, while there is one organisation; with several, which one it is comes first; with none, the setup."""
    session = reading()
    organisation = queries.only_organisation(session)
    if organisation is not None:
        return _form(organisation)
    if queries.is_empty(session):
        return redirect(url_for("people.setup"), 303)
    return _which_organisation()


@public
def sign_in_at(slug: str) -> ResponseReturnValue:
    """The form of one organisation of several."""
    return _form(queries.organisation_by_slug(reading(), slug=slug))


def _which_organisation() -> ResponseReturnValue:
    """Lists none, for who uses this is nobody's business."""
    form = OrganisationForm()
    status = refusal(form, lambda: _check_slug(form.organisation.data))
    if status is None:
        slug = form.organisation.data.lower()
        return redirect(url_for("people.sign_in_at", slug=slug, next=request.args.get("next")), 303)
    return render_template("people/which_organisation.html", form=form), status


def _check_slug(slug: str) -> None:
    try:
        queries.organisation_by_slug(reading(), slug=slug.lower())
    except NotFound as error:
        raise DomainError(error.template, place="organisation", **error.params) from error


def _form(organisation: queries.OrganisationInfo) -> ResponseReturnValue:
    form, person = SignInForm(), anybody()
    target = safe_path(request.args.get("next", "/"))
    if request.method == "GET" and person is not None and person.organisation_id == organisation.id:
        return redirect(target, 303)
    status = refusal(form, lambda: _let_in(organisation.id, form.name.data, form.password.data))
    if status is None:
        return redirect(target, 303)
    return render_template("people/sign_in.html", form=form, organisation=organisation), status


def _let_in(organisation_id: int, name: str, password: str) -> None:
    """Sign this browser in, or raise what is wrong. The slow look at the password holds up no transaction."""
    moment = now()
    with transaction() as session:
        attempt = service.attempt(session, organisation_id=organisation_id, name=name, now=moment)
    if not attempt.is_right(password) or attempt.account_id is None:
        raise DomainError(WRONG)
    account_id = attempt.account_id
    with transaction() as session:
        service.enter(session, organisation_id=organisation_id, account_id=account_id, name=name, now=moment)
        cookie.remember(session, organisation_id=organisation_id, account_id=account_id)


@public
def sign_out() -> ResponseReturnValue:
    """Sign this browser out, and show the form of the organisation that was left."""
    person = anybody()
    cookie.forget()
    if person is None:
        return redirect(url_for("people.sign_in"), 303)
    return redirect(url_for("people.sign_in_at", slug=person.organisation_slug), 303)


@allowed(*rules.ROLES)
def account() -> ResponseReturnValue:
    """One's own account: how one is known, and another password."""
    form, person = ChangePasswordForm(), current()
    known = queries.account(reading(), organisation_id=person.organisation_id, account_id=person.account_id)
    status = refusal(form, lambda: _change_password(form, known))
    if status is None:
        flash(gettext("Your password is changed. Other devices have been signed out."), "success")
        return redirect(url_for("people.account"), 303)
    return render_template("people/account.html", form=form, account=known, roles=rules.ROLES), status


def _change_password(form: ChangePasswordForm, known: queries.AccountInfo) -> None:
    """The new one is looked at first: a weak one is no failed try at the present one."""
    password, organisation_id = form.password.data, current().organisation_id
    service.check_password(password, known=[known.name, known.email, known.identifier])
    with transaction() as session:
        attempt = service.current_password(session, organisation_id=organisation_id, account_id=known.id, now=now())
    if not attempt.is_right(form.present.data):
        raise DomainError(NOT_PRESENT, place="present")
    with transaction() as session:
        service.set_password(session, organisation_id=organisation_id, account_id=known.id, password=password)
        cookie.remember(session, organisation_id=organisation_id, account_id=known.id)
