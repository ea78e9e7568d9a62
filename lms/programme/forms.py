"""The forms of this room: they parse and check the shape; what the rules refuse is told at its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from lms.errors import N_, DomainError, Problems
from lms.programme.checks import CODE_LIMIT, NAME_LIMIT, YEARS
from lms.programme.reader import DECIMAL
from lms.programme.rows import VersionEntry
from lms.programme.rules import Programme, components
from lms.web.errors import told
from lms.web.forms import HouseForm

INPUT_FORMAT = "%Y-%m-%dT%H:%M"


class ProgrammeForm(HouseForm):
    """A programme file, uploaded or pasted."""

    file = FileField(lazy_gettext("A programme file"), render_kw={"accept": ".toml"})
    text = TextAreaField(lazy_gettext("Or its text"), render_kw={"rows": 24, "spellcheck": "false"})

    def content(self) -> str:
        """The file if one was sent, else the text; raises DomainError if neither says anything in UTF-8."""
        text: str = _decoded(self.file.data) or (self.text.data or "").replace("\r\n", "\n")
        if not text.strip():
            raise DomainError(N_("Choose a programme file, or paste its text."))
        return text


def _decoded(file: FileStorage | None) -> str:
    if not isinstance(file, FileStorage):
        return ""
    try:
        return bytes(file.read()).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise DomainError(N_("The file is not in UTF-8; save it as UTF-8 text.")) from None


class CohortForm(HouseForm):
    """A new cohort. Moments are those of a clock in the cohort's time zone."""

    version = SelectField(lazy_gettext("Programme"), validators=[InputRequired(lazy_gettext("Choose a programme."))])
    code = StringField(
        lazy_gettext("Code"),
        validators=[DataRequired(lazy_gettext("Give the cohort a code.")), Length(max=CODE_LIMIT)],
        filters=[lambda text: text and text.strip()],
    )
    name = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(lazy_gettext("Give the cohort a name.")), Length(max=NAME_LIMIT)],
        filters=[lambda text: text and text.strip()],
    )
    time_zone = SelectField(lazy_gettext("Time zone"), validators=[InputRequired(lazy_gettext("Choose a time zone."))])
    starts_at = DateTimeLocalField(
        lazy_gettext("Start"),
        format=[INPUT_FORMAT, "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(lazy_gettext("Say when the cohort starts."))],
    )
    ends_at = DateTimeLocalField(
        lazy_gettext("End"), format=[INPUT_FORMAT, "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )

    def offer(self, versions: Sequence[VersionEntry], zones: Sequence[tuple[str, str]]) -> None:
        """What may be chosen: zones with their words."""
        self.version.choices = [(str(one.id), f"{one.title} ({one.code}, {one.version})") for one in versions]
        self.time_zone.choices = list(zones)

    def moments(self) -> tuple[datetime, datetime | None]:
        """Start and end, aware; raises DomainError for one that the clocks of the zone leap over."""
        zone = ZoneInfo(self.time_zone.data)
        start, end = (_moment(field.data, zone, field.name) for field in (self.starts_at, self.ends_at))
        if start is None:
            raise DomainError(N_("Say when the cohort starts."), place="starts_at")
        return start, end


def _moment(local: datetime | None, zone: ZoneInfo, place: str) -> datetime | None:
    if local is None:
        return None
    if local.year not in YEARS:
        raise DomainError(N_("%(value)s lies outside the years 1900 to 2200."), place=place, value=local.year)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise DomainError(N_("In this time zone the clocks leap over that time."), place=place)
    return moment


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetField:
    """A target's input: its name, the component's title, what stands in it, and what is wrong with it."""

    name: str
    title: str
    value: str
    error: str = ""


def read_targets(sent: Mapping[str, str], paths: Iterable[str]) -> dict[str, Decimal]:
    """The targets that a form sent as `target[path]`, with a point or a comma; empty ones are left out.

    Raises Problems naming every one that is no number.
    """
    found: dict[str, Decimal] = {}
    problems = []
    for path in paths:
        text = sent.get(f"target[{path}]", "").strip().replace(",", ".")
        if text and not DECIMAL.fullmatch(text):
            problems.append(DomainError(N_("This is no number."), place=f"target[{path}]"))
        elif text:
            found[path] = Decimal(text)
    if problems:
        raise Problems(tuple(problems))
    return found


def target_fields(
    programme: Programme,
    targets: Mapping[str, Decimal],
    sent: Mapping[str, str] | None = None,
    wrong: Problems | None = None,
) -> list[TargetField]:
    """One input for the whole and one for each component: what was sent, else what is saved."""
    errors = {problem.place: told(problem) for problem in wrong.problems} if wrong else {}
    titles = {"": gettext("The whole")} | {one.path: one.title for one in components(programme)}
    return [_target_field(path, title, targets, sent, errors) for path, title in titles.items()]


def _target_field(
    path: str, title: str, targets: Mapping[str, Decimal], sent: Mapping[str, str] | None, errors: Mapping[str, str]
) -> TargetField:
    name = f"target[{path}]"
    saved = f"{targets[path].normalize():f}" if path in targets else ""
    value = saved if sent is None else sent.get(name, "")
    return TargetField(name=name, title=title, value=value, error=errors.get(name, ""))


def lines(text: str) -> list[str]:
    """The lines of a text that say something, runs of blanks made one."""
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def chosen_id(sent: Mapping[str, str], name: str) -> UUID:
    """The id that a form sent under this name; raises DomainError if it is none."""
    try:
        return UUID(sent.get(name, ""))
    except ValueError:
        raise DomainError(N_("Choose one of those on the list."), place=name) from None
