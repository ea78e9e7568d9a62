"""The forms of decisions: what is decided, what the second person answers, and why something is withdrawn."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from lms.decisions.rules import DEFERRED, NOT_PASSED, PASSED, Case, Said, check
from lms.web.forms import HouseForm

CHOICES = [(PASSED, _l("Passed")), (DEFERRED, _l("Deferred")), (NOT_PASSED, _l("Not passed"))]
"""What may be decided. None is chosen beforehand: the figures propose nothing."""
ANSWERS = [("agree", _l("I agree: not passed")), ("refuse", _l("I refuse it"))]


class DecideForm(HouseForm):
    """What somebody decides. `seen` is how it stood when they looked."""

    outcome = RadioField(_l("Decision"), choices=CHOICES, validators=[InputRequired()], validate_choice=False)
    deadline = DateField(_l("Deadline"), validators=[Optional()])
    grounds = TextAreaField(_l("Grounds"))
    seen = HiddenField()

    def said(self) -> Said:
        """What was filled in."""
        return Said(outcome=self.outcome.data or "", grounds=self.grounds.data or "", deadline=self.deadline.data)

    def check(self, case: Case) -> None:
        """Raise Problems for what cannot be said of somebody whose case this is."""
        check(self.said(), case.basis, today=case.today)


class AnswerForm(HouseForm):
    """What the second person says to “not passed”."""

    answer = RadioField(_l("Your answer"), choices=ANSWERS, validators=[InputRequired()])
    reason = StringField(_l("Reason"))
    seen = HiddenField()


class ReasonForm(HouseForm):
    """Why a decision is withdrawn, or what waits is taken back."""

    reason = StringField(_l("Reason"), validators=[InputRequired()])


class PassAllForm(HouseForm):
    """Passing many at once. `seen` is how it stood about them."""

    seen = HiddenField()
