"""The form by which a cohort's start, end and time zone are changed."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from lms.attendance.timetable_forms import MOMENTS
from lms.errors import N_, DomainError
from lms.programme.service import Dates, local_moment, zone_choices
from lms.web.forms import HouseForm


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())


class DatesForm(HouseForm):
    """Start, end and zone. Moments are those of a clock in the zone that is chosen; `seen_…` is what they were."""

    time_zone = SelectField(lazy_gettext("Time zone"), validators=[InputRequired(lazy_gettext("Choose a time zone."))])
    starts_at = DateTimeLocalField(
        lazy_gettext("Start"),
        format=MOMENTS,
        validators=[InputRequired(lazy_gettext("Say when the cohort starts."))],
    )
    ends_at = DateTimeLocalField(lazy_gettext("End"), format=MOMENTS, validators=[Optional()])
    reason = StringField(lazy_gettext("Reason"), filters=[_tidy], render_kw={"maxlength": 500})
    seen = HiddenField()

    def offer(self) -> None:
        """Every zone may be chosen."""
        self.time_zone.choices = zone_choices()

    def dates(self) -> Dates:
        """The dates as they are told; raises DomainError for one that the clocks of the zone leap over."""
        zone, seen = self.time_zone.data, self.seen_dates()
        starts_at = _moment(self.starts_at, zone, seen.starts_at)
        if starts_at is None:
            raise DomainError(N_("Say when the cohort starts."), place="starts_at")
        return Dates(starts_at=starts_at, ends_at=_moment(self.ends_at, zone, seen.ends_at), time_zone=zone)

    def seen_dates(self) -> Dates:
        """Those from which the form was made; raises DomainError where it does not say."""
        starts, ends, zone = [*(self.seen.data or "").split(" "), "", ""][:3]
        try:
            return Dates(
                starts_at=datetime.fromisoformat(starts),
                ends_at=datetime.fromisoformat(ends) if ends != "-" else None,
                time_zone=zone,
            )
        except ValueError:
            raise DomainError(N_("The form is not complete. Load the page again.")) from None


def _moment(field: Any, zone: str, seen: datetime | None) -> datetime | None:
    """The moment that a field tells. A clock without seconds tells them of the one that it was filled from."""
    if field.data is None:
        return None
    told = local_moment(field.data, zone, place=field.name)
    return seen if seen is not None and told == seen.replace(second=0, microsecond=0) else told


def filled(dates: Dates) -> dict[str, Any]:
    """The values of the form about dates as they stand."""
    zone = ZoneInfo(dates.time_zone)
    ends = None if dates.ends_at is None else dates.ends_at.astimezone(UTC)
    return {
        "time_zone": dates.time_zone,
        "starts_at": dates.starts_at.astimezone(zone).replace(tzinfo=None),
        "ends_at": None if ends is None else ends.astimezone(zone).replace(tzinfo=None),
        "seen": f"{dates.starts_at.astimezone(UTC).isoformat()} {ends.isoformat() if ends else '-'} {dates.time_zone}",
    }
