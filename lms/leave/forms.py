"""The forms of leave: for when, what with, and why it is decided so."""

from collections.abc import Iterable, Sequence

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from lms.errors import N_, DomainError
from lms.leave import rules
from lms.leave.rules import Document, Period
from lms.programme.queries import TimetableSession
from lms.programme.rules import AttendanceStatus
from lms.web import formats
from lms.web.forms import HouseForm


class WhenForm(HouseForm):
    """For which days, or for which one session; read from the address, so it has no token."""

    first = DateField(_l("First day"), validators=[Optional()])
    last = DateField(_l("Last day"), validators=[Optional()])
    session = SelectField(_l("Or one session"), validate_choice=False)

    class Meta(HouseForm.Meta):
        """What WTForms asks about a form."""

        csrf = False

    def offer(self, sessions: Sequence[TimetableSession], *, time_zone: str) -> None:
        """Offer these sessions; cancelled ones are none to be away from."""
        clock = formats.current(time_zone)
        there = [one for one in sessions if one.cancelled_at is None]
        named = [(one.code, f"{one.title} · {clock.span(one.starts_at, one.ends_at)}") for one in there]
        self.session.choices = [("", _l("Whole days")), *named]

    def period(self, sessions: Sequence[TimetableSession], *, time_zone: str) -> Period | None:
        """What was asked for; None while nothing was, or where it is told beside the fields what is wrong."""
        if not self.validate():
            return None
        try:
            return self._period(sessions, time_zone)
        except DomainError as wrong:
            self.blame(wrong)
            return None

    def _period(self, sessions: Sequence[TimetableSession], time_zone: str) -> Period | None:
        if not self.session.data:
            first, last = self.first.data or self.last.data, self.last.data or self.first.data
            return None if first is None or last is None else rules.whole_days(first, last, time_zone=time_zone)
        found = next((one for one in sessions if one.code == self.session.data and one.cancelled_at is None), None)
        if found is None:
            raise DomainError(N_("There is no such session."), place="session")
        return Period(starts_at=found.starts_at, ends_at=found.ends_at)


class AskForm(HouseForm):
    """The kind of leave, with a note and a document that only those may read who decide."""

    status = RadioField(_l("Kind of leave"), validators=[InputRequired()])
    note = TextAreaField(_l("Note"))
    document = FileField(_l("Document"))

    def offer(self, statuses: Iterable[AttendanceStatus]) -> None:
        """Offer these kinds of leave; a single one is chosen already."""
        self.status.choices = [(one.code, one.title) for one in statuses]
        if len(self.status.choices) == 1 and not self.is_submitted():
            self.status.data = self.status.choices[0][0]

    def came(self) -> Document | None:
        """The document that came, None without one; raises DomainError for one that is none."""
        upload = self.document.data
        if not upload or not upload.filename:
            return None
        most = current_app.extensions["settings"].max_upload_bytes
        return rules.document(upload.filename, upload.read(rules.MOST_BYTES + 1), most=most)


class ReasonForm(HouseForm):
    """Why a request is refused, or an approval withdrawn."""

    reason = TextAreaField(_l("Reason"))
