"""The forms of disputes: what somebody says against a mark, and what is answered."""

from collections.abc import Iterable
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField

from lms.attendance import rules
from lms.attendance.rules import NewMark
from lms.errors import N_, DomainError
from lms.programme.rules import AttendanceStatus
from lms.web.forms import HouseForm


class DisputeForm(HouseForm):
    """What is wrong with the mark that the page showed."""

    mark_id = HiddenField()
    text = TextAreaField(_l("What is wrong with it?"))

    def mark(self) -> UUID:
        """The mark that it is about; raises DomainError where the form is not the page's."""
        found = _id(self.mark_id.data)
        if found is None:
            raise DomainError(N_("The form is not complete. Load the page again."))
        return found


class AnswerForm(HouseForm):
    """The answer, and the mark by which a dispute is accepted. `seen` is the mark that the page showed."""

    seen = HiddenField()
    status = RadioField(_l("New mark"), validate_choice=False)
    minutes_late = StringField(_l("Minutes late"))
    answer = TextAreaField(_l("Answer"))

    def offer(self, statuses: Iterable[AttendanceStatus]) -> None:
        """Offer these statuses."""
        self.status.choices = [(one.code, one.title) for one in statuses]

    def mark(self, participant_id: UUID) -> NewMark:
        """The new mark; raises DomainError where it says none. Whether its status is one is for the register to say."""
        minutes = "".join((self.minutes_late.data or "").split())
        if not self.status.data:
            raise DomainError(N_("Choose the mark that is right."), place="status")
        if minutes and not (minutes.isascii() and minutes.isdigit()):
            raise DomainError(N_("Minutes late are a whole number."), place="minutes_late")
        if len(minutes) > len(str(rules.MOST_MINUTES_LATE)):
            raise DomainError(
                N_("Minutes late run from 0 to %(most)s."), place="minutes_late", most=rules.MOST_MINUTES_LATE
            )
        return NewMark(
            participant_id=participant_id,
            status=self.status.data,
            minutes_late=int(minutes) if minutes else None,
            remark=" ".join((self.answer.data or "").split()),
        )

    def basis(self) -> UUID | None:
        """The mark that it was made from, None where there was none."""
        return _id(self.seen.data)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise DomainError(N_("The form is not complete. Load the page again.")) from error
