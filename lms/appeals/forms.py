"""The forms of appeals: what is said, what is answered, and when appeals are taken."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from lms.appeals import rules
from lms.appeals.rules import Window
from lms.errors import DomainError, Problems
from lms.programme.service import local_moment
from lms.web.forms import HouseForm

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
OUTCOMES = {
    rules.UPHELD: _l("Upheld: it was wrong, and has been put right"),
    rules.REJECTED: _l("Rejected: it stays as it is"),
    rules.ASKED_BACK: _l("Ask back: a question before it is decided"),
}


class AppealForm(HouseForm):
    """What somebody says in an appeal."""

    text = TextAreaField(_l("What is wrong, and what would be right?"))


class AddForm(HouseForm):
    """What is said later, for instance because it was asked."""

    text = TextAreaField(_l("What is to be added?"))


class AnswerForm(HouseForm):
    """How an appeal is answered."""

    outcome = RadioField(_l("Answer"), validators=[InputRequired()], validate_choice=False)
    text = TextAreaField(_l("Reasons, and what was done"))

    def offer(self, outcomes: tuple[str, ...]) -> None:
        """Offer these outcomes."""
        self.outcome.choices = [(one, OUTCOMES[one]) for one in outcomes]


class WindowForm(HouseForm):
    """From when until when appeals are taken, by a clock in the cohort's time zone."""

    opens_at = DateTimeLocalField(_l("Opens"), format=MOMENTS, validators=[InputRequired()])
    closes_at = DateTimeLocalField(_l("Closes"), format=MOMENTS, validators=[InputRequired()])
    reason = StringField(_l("Reason"))

    def moments(self, time_zone: str) -> dict[str, datetime]:
        """Both moments in UTC, by the names of their fields. Raises Problems for what no clock there shows."""
        found: dict[str, datetime] = {}
        problems: list[DomainError] = []
        for name in ("opens_at", "closes_at"):
            local: datetime = self._fields[name].data
            try:
                found[name] = local_moment(local, time_zone, place=name)
            except DomainError as problem:
                problems.append(problem)
        if problems:
            raise Problems(tuple(problems))
        return found


def filled(window: Window | None, time_zone: str, *, now: datetime) -> dict[str, Any]:
    """The values of a form about a window; nothing where it has none, or it is over."""
    if window is None or window.closes_at <= now:
        return {}
    zone = ZoneInfo(time_zone)
    told = {"opens_at": window.opens_at, "closes_at": window.closes_at}
    return {name: moment.astimezone(zone).replace(tzinfo=None) for name, moment in told.items()}
