"""The rules of a cohort's registers as a form: every field with what is wrong with it, all at once."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from lms.attendance.register_models import AttendanceRules
from lms.attendance.rule_queries import PLAIN
from lms.errors import N_, DomainError, Problems
from lms.programme.rules import AttendanceStatus
from lms.web.forms import HouseForm

A_DAY, A_WEEK, A_YEAR = 24 * 60, 7 * 24 * 60, 366
MOST_NETWORKS = 100
LIMITS = {
    "early_minutes": (0, A_WEEK),
    "late_days": (0, A_YEAR),
    "grace_minutes": (0, A_DAY),
    "log_percent": (1, 100),
    "check_in_before": (0, A_DAY),
    "check_in_after": (0, A_DAY),
    "warn_consecutive": (0, 100),
}
"""From what to what each number runs."""
MAY_BE_EMPTY = ("early_minutes", "late_days")
NUMBER = {"inputmode": "numeric", "maxlength": 6, "autocomplete": "off"}


class RulesForm(HouseForm):
    """The rules as they are typed; `values` is what they say."""

    early_minutes = StringField(lazy_gettext("Minutes before the start at which a register opens"), render_kw=NUMBER)
    late_days = StringField(lazy_gettext("Days after which facilitators no longer change a register"), render_kw=NUMBER)
    present_status = SelectField(lazy_gettext("Status of whoever is there"), validate_choice=False)
    late_status = SelectField(lazy_gettext("Status of whoever comes late"), validate_choice=False)
    absent_status = SelectField(lazy_gettext("Status of whoever is missing"), validate_choice=False)
    leave_statuses = SelectMultipleField(
        lazy_gettext("What people may ask leave as"),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    grace_minutes = StringField(
        lazy_gettext("Minutes after the start that do not count as late"), [InputRequired()], render_kw=NUMBER
    )
    check_in = BooleanField(lazy_gettext("People may check in by themselves"))
    check_in_before = StringField(
        lazy_gettext("Minutes before the start from which they may"), [InputRequired()], render_kw=NUMBER
    )
    check_in_after = StringField(
        lazy_gettext("Minutes after the start until which they may"), [InputRequired()], render_kw=NUMBER
    )
    networks = TextAreaField(lazy_gettext("Networks from which they may"), render_kw={"rows": 3, "spellcheck": "false"})
    log_percent = StringField(
        lazy_gettext("Percent of a live class that count as being there"), [InputRequired()], render_kw=NUMBER
    )
    warn_consecutive = StringField(
        lazy_gettext("Absences in a row that are warned about"), [InputRequired()], render_kw=NUMBER
    )
    warn_by_mail = BooleanField(lazy_gettext("Warn participants by e-mail"))

    def offer(self, statuses: Sequence[AttendanceStatus], words: str) -> None:
        """What may be chosen; `words` stand for the status that is found by itself."""
        choices = [(status.code, status.title) for status in statuses]
        for field in (self.present_status, self.late_status, self.absent_status):
            field.choices = [("", words), *choices]
        self.leave_statuses.choices = choices

    def show(self, row: AttendanceRules) -> None:
        """Fill in what holds now."""
        for name in LIMITS:
            value = getattr(row, name)
            self[name].data = "" if value is None else str(value)
        for name in ("check_in", "warn_by_mail", "present_status", "late_status", "absent_status", "networks"):
            self[name].data = getattr(row, name)
        self.leave_statuses.data = row.leave_statuses.splitlines()

    def values(self, statuses: Sequence[AttendanceStatus]) -> dict[str, Any]:
        """The columns of the table; raises Problems with everything that is wrong, each at its field."""
        problems: list[DomainError] = []
        found: dict[str, Any] = {name: self._number(name, problems) for name in LIMITS}
        found |= {"check_in": bool(self.check_in.data), "warn_by_mail": bool(self.warn_by_mail.data)}
        known = {status.code for status in statuses}
        for name in ("present_status", "late_status", "absent_status"):
            found[name] = self[name].data or ""
            if found[name] and found[name] not in known:
                problems.append(DomainError(N_("Choose one of those on the list."), place=name))
        leave = [code for code in self.leave_statuses.data or () if code]
        if not known.issuperset(leave):
            problems.append(DomainError(N_("Choose one of those on the list."), place="leave_statuses"))
        found["leave_statuses"] = "\n".join(leave)
        found["networks"] = "\n".join(_networks(self.networks.data or "", problems))
        problems += _parts(statuses, found)
        if problems:
            raise Problems(tuple(problems))
        return found

    def _number(self, name: str, problems: list[DomainError]) -> int | None:
        text, (least, most) = (self[name].data or "").strip(), LIMITS[name]
        if not text and name in MAY_BE_EMPTY:
            return None
        if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        template = N_("This is a whole number from %(least)s to %(most)s.")
        problems.append(DomainError(template, place=name, least=least, most=most))
        return None


def _networks(text: str, problems: list[DomainError]) -> list[str]:
    """Addresses and ranges, each as the library writes it; what is none is told with its line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_NETWORKS:
        problems.append(DomainError(N_("At most %(most)s networks."), place="networks", most=MOST_NETWORKS))
        return []
    found = []
    for line in lines:
        try:
            found.append(str(ip_network(line, strict=False)))
        except ValueError:
            template = N_("“%(line)s” is no address and no range: write 203.0.113.7 or 203.0.113.0/24.")
            problems.append(DomainError(template, place="networks", line=line[:60]))
    return list(dict.fromkeys(found))


def _parts(statuses: Sequence[AttendanceStatus], found: dict[str, Any]) -> list[DomainError]:
    """Whoever is there is not absent, and whoever is missing is."""
    by_code = {status.code: status for status in statuses}
    problems = []
    for name, is_absent in (("present_status", False), ("late_status", False), ("absent_status", True)):
        status = by_code.get(found[name])
        if status is not None and status.absent is not is_absent:
            template = N_("Choose a status that is absent.") if is_absent else N_("Choose a status that is not absent.")
            problems.append(DomainError(template, place=name))
    return problems


def defaults() -> AttendanceRules:
    """The rules that hold where nobody has set any; not a row of the database."""
    columns = AttendanceRules.__table__.columns
    plain = {name: columns[name].default.arg for name in PLAIN if columns[name].default is not None}
    texts = dict.fromkeys(("present_status", "late_status", "absent_status", "leave_statuses", "networks"), "")
    return AttendanceRules(**plain, **texts)
