"""Participants, and the organisation's rules of who is who."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.db import reading, transaction
from lms.people import queries, rules, service
from lms.people.forms import MatchingForm, ParticipantForm
from lms.people.guards import allowed, current
from lms.people.pages.links import shown_once
from lms.people.pages.paging import cursor, page_of
from lms.people.queries import PAGE, ParticipantInfo
from lms.web.forms import refusal


@allowed(*rules.READERS)
def participants() -> ResponseReturnValue:
    """Everybody who is or was trained, with a search."""
    search = request.args.get("search", "").strip()
    found = queries.participants(
        reading(), organisation_id=current().organisation_id, search=search, after=cursor(), limit=PAGE + 1
    )
    rows, after = page_of(found)
    return render_template("people/participants.html", rows=rows, after=after, search=search)


@allowed(*rules.READERS)
def participant(participant_id: UUID) -> ResponseReturnValue:
    """How a participant is known."""
    known = _participant(participant_id)
    form = ParticipantForm(identifier=known.identifier, name=known.name, email=known.email)
    return _page(known, form)


@allowed(*rules.MANAGERS)
def change_participant(participant_id: UUID) -> ResponseReturnValue:
    """Another identifier, name or e-mail; what waits for them is looked at again."""
    known, form = _participant(participant_id), ParticipantForm()
    status = refusal(form, lambda: _change(participant_id, form))
    if status is None:
        flash(gettext("Saved."), "success")
        return redirect(url_for("people.participant", participant_id=participant_id), 303)
    return _page(known, form), status


def _change(participant_id: UUID, form: ParticipantForm) -> None:
    with transaction() as session:
        service.change_participant(
            session,
            organisation_id=current().organisation_id,
            participant_id=participant_id,
            identifier=form.identifier.data,
            name=form.name.data,
            email=form.email.data,
        )


@allowed(*rules.MANAGERS)
def invite(participant_id: UUID) -> ResponseReturnValue:
    """Give a participant an account and a link to choose their password."""
    known = _participant(participant_id)
    if known.account_id is not None:
        return redirect(url_for("people.one_account", account_id=known.account_id), 303)
    with transaction() as session:
        made = service.invite_participants(
            session, organisation_id=current().organisation_id, participant_ids=[participant_id], now=now()
        )
    return shown_once(made, back=url_for("people.participant", participant_id=participant_id))


def _participant(participant_id: UUID) -> ParticipantInfo:
    return queries.participant(reading(), organisation_id=current().organisation_id, participant_id=participant_id)


def _page(known: ParticipantInfo, form: ParticipantForm) -> str:
    matched = queries.matched_agents(reading(), organisation_id=current().organisation_id, participant_id=known.id)
    return render_template(
        "people/participant.html",
        participant=known,
        form=form,
        matched=len(matched),
        may_change=current().role in rules.MANAGERS,
    )


@allowed(*rules.READERS)
def who_is_who() -> ResponseReturnValue:
    """The rules by which statements find their participant."""
    known = queries.matching(reading(), organisation_id=current().organisation_id)
    return _matching_page(
        MatchingForm(by_account=known.by_account, home_pages="\n".join(known.home_pages), by_mbox=known.by_mbox)
    )


@allowed(*rules.MANAGERS)
def change_matching() -> ResponseReturnValue:
    """Other rules; statements that are there already are matched anew."""
    form = MatchingForm()
    status = refusal(form, lambda: _set_matching(form))
    if status is None:
        flash(gettext("Saved. Statements that are here already are matched anew in the background."), "success")
        return redirect(url_for("people.who_is_who"), 303)
    return _matching_page(form), status


def _set_matching(form: MatchingForm) -> None:
    with transaction() as session:
        service.set_matching(
            session,
            organisation_id=current().organisation_id,
            by_account=form.by_account.data,
            home_pages=form.sites(),
            by_mbox=form.by_mbox.data,
        )


def _matching_page(form: MatchingForm) -> str:
    return render_template("people/who_is_who.html", form=form, may_change=current().role in rules.MANAGERS)
