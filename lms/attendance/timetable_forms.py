"""The forms by which managers set up sessions. Moments are those of a clock in the cohort's time zone."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from lms.errors import N_, DomainError, Problems
from lms.programme.queries import CohortInfo, FacilitatorAccount, Group, TimetableSession
from lms.programme.service import NewSession, Pattern, local_moment
from lms.web.forms import HouseForm

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
TIMES = ["%H:%M", "%H:%M:%S"]
DAYS = (("%Y-%m-%d", r"\d{4}-\d{1,2}-\d{1,2}"), ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"), ("%d-%m-%Y", r"[\d-]+"))
MOST_PLACES = 9
"""Places of a number before the point, and after it, up to which its first digit may stand."""
NEEDED = lazy_gettext("This is needed.")
TOO_LONG = lazy_gettext("That is too long.")
MESSAGES = (N_("Not a valid time value."),)
"""What WTForms says in English of these fields, over and above lms.web.forms.MESSAGES."""


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())


class Checkboxes(SelectMultipleField):
    """Several of a list, each with a box of its own, so that a phone shows them all."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        if not set(self.data or ()) <= {str(value) for value, *_ in self.iter_choices()}:
            raise ValidationError(gettext("Choose from those on the list."))


def _text(label: Any, *, needed: bool = True, limit: int = 200, **attributes: Any) -> StringField:
    validators = [*([DataRequired(NEEDED)] if needed else [Optional()]), Length(max=limit, message=TOO_LONG)]
    return StringField(label, validators=validators, filters=[_tidy], render_kw=attributes)


class _MeetingForm(HouseForm):
    """What one session and many of a pattern have in common."""

    title = _text(lazy_gettext("Title"))
    jp = _text(lazy_gettext("JP"), limit=20, inputmode="decimal")
    room = _text(lazy_gettext("Room"), needed=False)
    facilitators = Checkboxes(lazy_gettext("Facilitators of this session"))

    def worth(self) -> Decimal:
        """The JP, written with a point or a comma; raises DomainError for what is no number."""
        wrong = DomainError(N_("This is no number."), place="jp")
        try:
            found = Decimal((self.jp.data or "").replace(",", "."))
        except InvalidOperation:
            raise wrong from None
        # With an exponent, a few characters are more digits than anything can work with.
        if not found.is_finite() or abs(found.adjusted()) > MOST_PLACES:
            raise wrong
        return found

    def offer_facilitators(self, facilitators: Sequence[FacilitatorAccount]) -> None:
        """Who may be chosen."""
        self.facilitators.choices = [(str(one.id), one.name) for one in facilitators]

    def chosen_facilitators(self) -> frozenset[UUID]:
        """The ids of those who are chosen."""
        return frozenset(map(UUID, self.facilitators.data or ()))


class SessionForm(_MeetingForm):
    """One session. `revision` is what its form was made from."""

    code = _text(lazy_gettext("Code"), limit=60)
    starts_at = DateTimeLocalField(lazy_gettext("Start"), format=MOMENTS, validators=[InputRequired(NEEDED)])
    ends_at = DateTimeLocalField(lazy_gettext("End"), format=MOMENTS, validators=[InputRequired(NEEDED)])
    group = SelectField(lazy_gettext("For"))
    reason = _text(lazy_gettext("Reason"), needed=False, limit=500)
    revision = HiddenField(default="0")

    def offer(self, groups: Sequence[Group], facilitators: Sequence[FacilitatorAccount]) -> None:
        """What may be chosen."""
        self.group.choices = [("", lazy_gettext("Everyone")), *((group.name, group.name) for group in groups)]
        self.offer_facilitators(facilitators)

    def row(self, time_zone: str, *, code: str | None = None) -> NewSession:
        """The session as it is told; with a `code` that of the one which is changed. Raises Problems."""
        sent: dict[str, Any] = self.data
        values = _all(
            starts_at=lambda: local_moment(sent["starts_at"], time_zone, place="starts_at"),
            ends_at=lambda: local_moment(sent["ends_at"], time_zone, place="ends_at"),
            jp=self.worth,
        )
        return NewSession(
            code=code or self.code.data or "",
            title=self.title.data or "",
            group=self.group.data or None,
            room=self.room.data or "",
            facilitators=self.chosen_facilitators(),
            **values,
        )

    def seen(self) -> int:
        """The revision that the form was made from; -1, which none has, for what is no number."""
        text = self.revision.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def filled(meeting: TimetableSession, facilitators: Sequence[FacilitatorAccount], cohort: CohortInfo) -> dict[str, Any]:
    """The values of a form about a session that is there."""
    zone = ZoneInfo(cohort.time_zone)
    return {
        "code": meeting.code,
        "title": meeting.title,
        "starts_at": meeting.starts_at.astimezone(zone).replace(tzinfo=None),
        "ends_at": meeting.ends_at.astimezone(zone).replace(tzinfo=None),
        "jp": f"{meeting.jp.normalize():f}",
        "group": meeting.group or "",
        "room": meeting.room,
        "facilitators": [str(one.id) for one in facilitators],
        "revision": str(meeting.revision),
    }


def usual(cohort: CohortInfo) -> dict[str, Any]:
    """What a pattern mostly is, for its form to begin with: on every working day from the cohort's start on."""
    first_day = cohort.starts_at.astimezone(ZoneInfo(cohort.time_zone)).date()
    return {"first_day": first_day, "weekdays": [str(number) for number in range(5)]}


class RepeatForm(_MeetingForm):
    """Sessions by a pattern; see Pattern."""

    code = _text(lazy_gettext("Code"), limit=60)
    first_day = DateField(lazy_gettext("First day"), validators=[InputRequired(NEEDED)])
    last_day = DateField(lazy_gettext("Last day"), validators=[InputRequired(NEEDED)])
    weekdays = Checkboxes(lazy_gettext("Days of the week"), validators=[InputRequired(NEEDED)])
    starts = TimeField(lazy_gettext("Starts"), format=TIMES, validators=[InputRequired(NEEDED)])
    ends = TimeField(lazy_gettext("Ends"), format=TIMES, validators=[InputRequired(NEEDED)])
    left_out = TextAreaField(
        lazy_gettext("Days left out"), validators=[Length(max=4000, message=TOO_LONG)], render_kw={"rows": 3}
    )
    first_number = IntegerField(lazy_gettext("Count from"), default=1, validators=[InputRequired(NEEDED)])
    groups = Checkboxes(lazy_gettext("A session for each group"))

    def offer(
        self, groups: Sequence[Group], facilitators: Sequence[FacilitatorAccount], weekdays: Sequence[str]
    ) -> None:
        """What may be chosen; the days of the week from Monday on."""
        self.weekdays.choices = [(str(number), name) for number, name in enumerate(weekdays)]
        self.groups.choices = [(group.name, group.name) for group in groups]
        self.offer_facilitators(facilitators)

    def pattern(self) -> Pattern:
        """The pattern as it is told; raises Problems."""
        sent: dict[str, Any] = self.data
        values = _all(jp=self.worth, left_out=lambda: days_in(sent["left_out"] or ""))
        same = ("first_day", "last_day", "starts", "ends", "title", "code", "first_number")
        return Pattern(
            weekdays=frozenset(map(int, sent["weekdays"])),
            groups=tuple(sent["groups"] or ()),
            room=sent["room"] or "",
            facilitators=self.chosen_facilitators(),
            **{name: sent[name] for name in same},
            **values,
        )


def _all(**reads: Callable[[], Any]) -> dict[str, Any]:
    """What each of these reads; raises Problems with everything that they refuse."""
    problems: list[DomainError] = []
    values: dict[str, Any] = {}
    for name, read in reads.items():
        try:
            values[name] = read()
        except DomainError as problem:
            problems.append(problem)
    if problems:
        raise Problems(tuple(problems))
    return values


def days_in(text: str) -> frozenset[date]:
    """The days that a text names, apart by blanks or commas: 2026-03-19, 19/03/2026 or 19-03-2026.

    Raises DomainError naming the first that is none.
    """
    return frozenset(_day(word) for word in re.split(r"[\s,;]+", text) if word)


def _day(word: str) -> date:
    for shape, pattern in DAYS:
        if re.fullmatch(pattern, word, flags=re.ASCII):
            try:
                return datetime.strptime(word, shape).date()  # noqa: DTZ007  (a day of the calendar, in no zone)
            except ValueError:
                continue
    raise DomainError(N_("“%(word)s” is no day; write it as 2026-03-19."), place="left_out", word=word)
