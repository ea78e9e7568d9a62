"""The forms of overrides: what a unit comes to, and why."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from lms.assessment.rules import MOST_DECIMALS, parse_score
from lms.errors import N_, DomainError
from lms.overrides import rules
from lms.overrides.rules import Said
from lms.programme.rules import AttendanceStatus
from lms.progress.rules import UnitResult, rounded
from lms.web import formats
from lms.web.forms import HouseForm

FIELDS = {"module": ("score", "done"), "session": ("status",), "assessment": ("score",)}
"""What is asked about each kind of unit."""

YES_OR_NO = (("yes", _l("Done")), ("no", _l("Not done")))


class OverrideForm(HouseForm):
    """What a unit comes to and why. `seen` is what it came to when the figures were looked at."""

    score = StringField(_l("Score"))
    done = RadioField(_l("Is it done?"), validators=[InputRequired()], validate_choice=False)
    status = RadioField(_l("Status"), validators=[InputRequired()], validate_choice=False)
    reason = TextAreaField(_l("Reason"), validators=[InputRequired()])
    seen = HiddenField()

    def fit(self, unit: UnitResult, statuses: Sequence[AttendanceStatus]) -> None:
        """Ask what fits the unit, and begin with what it comes to now."""
        self.kind = unit.kind
        self.codes = frozenset(status.code for status in statuses)
        self.done.choices = list(YES_OR_NO)
        self.status.choices = [(status.code, status.title) for status in statuses]
        if not self.is_submitted():
            self.score.data = "" if unit.value is None else _written(unit.value)
            self.done.data = "yes" if unit.done else "no"
            self.status.data = unit.status
        for name in {"score", "done", "status"}.difference(FIELDS[unit.kind]):
            del self[name]

    def said(self) -> Said:
        """What was chosen, with nothing for what was left; raises DomainError for a score that is no number."""
        given: dict[str, Any] = {}
        if "score" in self and (self.score.data or "").strip():
            given["score"] = self._score()
        if "done" in self and self.done.data in ("yes", "no"):
            given["done"] = self.done.data == "yes"
        if "status" in self:
            given["status"] = self.status.data
        return Said(**given)

    def _score(self) -> Decimal:
        try:
            return parse_score(self.score.data or "")
        except ValueError:
            told = N_("A score is a number from 0 to 100 with at most %(most)s decimals.")
            raise DomainError(told, place="score", most=MOST_DECIMALS) from None

    def check(self) -> None:
        """Raise DomainError for what no unit of its kind can come to, or for a reason that tells nothing."""
        rules.check(self.kind, self.said(), statuses=self.codes)
        rules.check_reason(self.reason.data or "")


class WithdrawForm(HouseForm):
    """Why an override is withdrawn."""

    reason = TextAreaField(_l("Reason"), validators=[InputRequired()])


def _written(value: Decimal) -> str:
    """A value as the reader writes it, with as many places as a score may have."""
    return formats.current().quantity(rounded(value, MOST_DECIMALS))
