"""The page on which a participant checks in by themselves: from the QR, or with the six digits."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.attendance import check_in_claiming as claiming
from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_words as words
from lms.attendance import devices
from lms.attendance.check_in_claiming import Claimant, Outcome
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import TooMany
from lms.people.guards import allowed, current, participant_of
from lms.people.rules import PARTICIPANT

LONGEST_ADDRESS = 45
REFUSED = 409


@allowed(PARTICIPANT)
def my_check_in() -> ResponseReturnValue:
    """Where the QR leads: one button. Without a token, a field for the six digits, and what one has checked in at."""
    text, who, moment = request.args.get("t", ""), _claimant(), now()
    if not text:
        return _page(who)
    found = claiming.look(reading(), who=who, text=text, now=moment)
    if found is None:
        return _told(who, retrying(lambda session: claiming.turn_away(session, who=who, text=text, now=moment)))
    place, ticket = found
    return devices.remember(make_response(render_template("attendance/check_in_here.html", place=place, ticket=ticket)))


@allowed(PARTICIPANT)
def claim_check_in() -> ResponseReturnValue:
    """“I am here.”"""
    who, text, code = _claimant(), request.form.get("t", ""), request.form.get("code", "")
    moment = now()

    def work(session: Session) -> Outcome:
        if text:
            return claiming.claim_by_token(session, who=who, text=text, now=moment)
        return claiming.claim_by_code(session, who=who, text=code, now=moment)

    try:
        return _told(who, retrying(work))
    except TooMany as error:
        return _too_many(who, error)


def _claimant() -> Claimant:
    person = current()
    return Claimant(
        organisation_id=person.organisation_id,
        account_id=person.account_id,
        participant_id=participant_of(person),
        device_id=devices.device_id(),
        device=devices.device_name(),
        address=(request.remote_addr or "")[:LONGEST_ADDRESS],
    )


def _told(who: Claimant, outcome: Outcome) -> Response:
    tone, text = words.told(outcome, locale=str(get_locale() or "en"))
    if outcome.state == "refused":
        return _page(who, refusal=text, status=REFUSED, by_code=outcome.why == "wrong_code")
    flash(text, tone)
    return devices.remember(make_response(redirect(url_for(".my_check_in"), 303)))


def _too_many(who: Claimant, error: TooMany) -> Response:
    minutes = -(-error.retry_after // 60)
    text = _("Too many wrong codes. Try again in %(minutes)s minutes, or scan the QR on the screen.", minutes=minutes)
    page = _page(who, refusal=text, status=error.status, by_code=True)
    page.headers["Retry-After"] = str(error.retry_after)
    return page


def _page(who: Claimant, *, refusal: str = "", status: int = 200, by_code: bool = False) -> Response:
    """The page without a button. `by_code`: what was refused is what was typed."""
    own = queries.own_claims(
        reading(), organisation_id=who.organisation_id, participant_id=who.participant_id, now=now()
    )
    page = render_template("attendance/check_in_mine.html", own=own, refusal=refusal, by_code=by_code)
    return devices.remember(make_response(page, status))
