"""The accounts of an organisation: the list, adding, changing, links, switching off."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, NotAllowed
from lms.people import queries, rules, service
from lms.people.forms import AccountForm
from lms.people.guards import allowed, current
from lms.people.pages.links import shown_once
from lms.people.pages.paging import cursor, page_of
from lms.people.queries import PAGE, AccountInfo
from lms.web.forms import refusal


@allowed(*rules.READERS)
def accounts() -> ResponseReturnValue:
    """Everybody who can sign in, with a search."""
    search, role = request.args.get("search", "").strip(), request.args.get("role", "")
    found = queries.accounts(
        reading(),
        organisation_id=current().organisation_id,
        roles=(role,) if role in rules.ROLES else tuple(rules.ROLES),
        search=search,
        after=cursor(),
        limit=PAGE + 1,
    )
    rows, after = page_of(found)
    page = {"rows": rows, "after": after, "search": search, "role": role, "roles": rules.ROLES, "options": _options()}
    return render_template("people/accounts.html", **page, may_add=current().role in rules.MANAGERS)


def _options() -> list[tuple[str, str]]:
    return [("", gettext("Every role")), *((role, gettext(title)) for role, title in rules.ROLES.items())]


@allowed(*rules.MANAGERS)
def new_account() -> ResponseReturnValue:
    """Somebody new of the staff, with a link to choose their password; participants come by the cohort's file."""
    form, made = AccountForm(), list[service.Invited]()
    form.offer(current().role)
    status = refusal(form, lambda: made.extend(_add(form)))
    if status is None:
        return shown_once(made, back=url_for("people.accounts"))
    return render_template("people/new_account.html", form=form), status


def _add(form: AccountForm) -> list[service.Invited]:
    _check_may_manage(form.role.data)
    organisation_id, moment = current().organisation_id, now()
    with transaction() as session:
        account_id = service.add_account(
            session,
            organisation_id=organisation_id,
            role=form.role.data,
            name=form.name.data,
            email=form.email.data,
            now=moment,
        )
        return service.invite(session, organisation_id=organisation_id, account_ids=[account_id], now=moment)


@allowed(*rules.READERS)
def one_account(account_id: UUID) -> ResponseReturnValue:
    """One account, and what may be done with it."""
    account = _account(account_id)
    return _page(account, _form(account)), 200


@allowed(*rules.MANAGERS)
def change_account(account_id: UUID) -> ResponseReturnValue:
    """Another name, e-mail or role for somebody of the staff; a participant has a page of their own for that."""
    account = _account(account_id)
    _check_may_manage(account.role)
    if account.participant_id is not None:
        return redirect(url_for("people.participant", participant_id=account.participant_id), 303)
    form = _form(account)
    status = refusal(form, lambda: _change(form, account))
    if status is None:
        flash(gettext("The account is changed."), "success")
        return redirect(url_for("people.one_account", account_id=account_id), 303)
    return _page(account, form), status


def _change(form: AccountForm, account: AccountInfo) -> None:
    """Nobody takes away their own rights by mistake: somebody else has to."""
    _check_may_manage(form.role.data)
    if account.id == current().account_id and form.role.data != account.role:
        raise NotAllowed(N_("You cannot change your own role."))
    with transaction() as session:
        service.change_account(
            session,
            organisation_id=current().organisation_id,
            account_id=account.id,
            role=form.role.data,
            name=form.name.data,
            email=form.email.data,
        )


@allowed(*rules.MANAGERS)
def make_link(account_id: UUID) -> ResponseReturnValue:
    """A fresh link to choose a password: an invitation until one was chosen, a reset after that."""
    account = _account(account_id)
    _check_may_manage(account.role)
    purpose: rules.Purpose = "invite" if account.state == "invited" else "reset"
    by_mail = request.form.get("by") != "hand"
    with transaction() as session:
        made = service.invite(
            session,
            organisation_id=current().organisation_id,
            account_ids=[account_id],
            purpose=purpose,
            by_mail=by_mail,
            now=now(),
        )
    return shown_once(made, back=url_for("people.one_account", account_id=account_id))


@allowed(*rules.MANAGERS)
def set_active(account_id: UUID) -> ResponseReturnValue:
    """Switch an account off or on."""
    account, active = _account(account_id), request.form.get("active") == "yes"
    _check_may_manage(account.role)
    if account_id == current().account_id:
        raise NotAllowed(N_("You cannot switch off your own account."))
    with transaction() as session:
        service.set_active(session, organisation_id=current().organisation_id, account_id=account_id, active=active)
    flash(gettext("The account is switched on.") if active else gettext("The account is switched off."), "success")
    return redirect(url_for("people.one_account", account_id=account_id), 303)


def _account(account_id: UUID) -> AccountInfo:
    return queries.account(reading(), organisation_id=current().organisation_id, account_id=account_id)


def _form(account: AccountInfo) -> AccountForm:
    form = AccountForm(name=account.name, email=account.email, role=account.role)
    form.offer(current().role)
    return form


def _page(account: AccountInfo, form: AccountForm) -> str:
    may_manage = rules.may_manage(current().role, account.role)
    is_own = account.id == current().account_id
    by_mail = bool(current_app.extensions["settings"].smtp_url) and account.email is not None
    return render_template(
        "people/one_account.html",
        account=account,
        form=form,
        may_manage=may_manage,
        is_own=is_own,
        by_mail=by_mail,
        roles=rules.ROLES,
    )


def _check_may_manage(role: str) -> None:
    if not rules.may_manage(current().role, role):
        raise NotAllowed(N_("Only an administrator may do this to an administrator's account."))
