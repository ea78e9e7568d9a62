"""The page /design, for staff: every component in all its states, by which pages are built and looked at."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Email, InputRequired, NumberRange

from lms.errors import N_, NotAllowed, NotSignedIn
from lms.web.forms import HouseForm
from lms.web.shell import STAFF

blueprint = Blueprint("web", __name__)


class Example(HouseForm):
    """One field of each kind; it is never sent anywhere."""

    name = StringField("Name", [InputRequired()])
    email = EmailField("E-mail", [InputRequired(), Email()])
    password = PasswordField("Password", [InputRequired()])
    score = DecimalField("Score", [NumberRange(min=0, max=100)])
    day = DateField("Day", [InputRequired()])
    group = SelectField("Group", choices=["Group A", "Group B"])  # type: ignore[list-item]
    remark = TextAreaField("Remark")
    file = FileField("Participants' file", [InputRequired()])
    decision = RadioField("Decision", [InputRequired()], choices=["Passed", "Deferred"])  # type: ignore[list-item]
    sure = BooleanField("I have checked the list")


@blueprint.get("/design")
def design() -> str:
    """Every component; raises NotSignedIn and NotAllowed."""
    if not current_user.is_authenticated:
        raise NotSignedIn(N_("Please sign in."))
    if current_user.role not in STAFF:
        raise NotAllowed(N_("Your account does not have the right for it."))
    return render_template("web/design.html", **examples())


design.guarded_for = STAFF  # type: ignore[attr-defined]  # As lms.people.guards would mark it, which lies above.


def examples() -> dict[str, Any]:
    """Invented people and figures, chosen for their extremes."""
    return {
        "blank": Example(formdata=None, meta={"csrf": False}),
        "wrong": wrong_form(),
        "figures": FIGURES,
        "statuses": STATUSES,
        "people": PEOPLE,
        "moment": datetime(2021, 5, 20, 23, 0, tzinfo=UTC),
        "length": timedelta(hours=2, minutes=15),
        "pass_mark": Decimal("70.01"),
        "target": Decimal(90),
    }


def wrong_form() -> Example:
    """The form as it comes back when nearly everything in it is wrong."""
    form = Example(formdata=MultiDict({"email": "siti@", "score": "101"}), meta={"csrf": False})
    form.validate()
    form.form_errors.append(_("The file and the form contradict each other."))
    return form


def figures(so_far: str | None, of_all: str | None, best: str | None, counted: int, units: int) -> SimpleNamespace:
    """Three figures as a page has them."""
    so_far_, of_all_, best_ = (None if text is None else Decimal(text) for text in (so_far, of_all, best))
    return SimpleNamespace(so_far=so_far_, of_all=of_all_, best_possible=best_, counted=counted, units=units)


def status(code: str, title: str, weight: str, *, absent: bool = False, excluded: bool = False) -> SimpleNamespace:
    """An attendance status as a programme has it."""
    return SimpleNamespace(code=code, title=title, weight=Decimal(weight), absent=absent, excluded=excluded)


def person(number: str, name: str, group: str, **about: str) -> SimpleNamespace:
    """A participant as a page has them; `key` names one of FIGURES."""
    return SimpleNamespace(id=number, name=name, group=group, identifier=f"19900101202103200{number}", **about)


FIGURES = {
    "midway": figures("83.75", "41.87", "93.19", 3, 8),
    "finished": figures("84.97", "84.97", "84.97", 8, 8),
    "nearly": figures("91.50", "88.20", "96.40", 7, 8),
    "failing": figures("52.10", "31.00", "64.30", 5, 8),
    "begun": figures(None, "0.00", "100.00", 0, 8),
    "none": figures(None, None, None, 0, 0),
    "perfect": figures("100.00", "100.00", "100.00", 8, 8),
}
STATUSES = (
    status("hadir", "Hadir", "1"),
    status("terlambat", "Terlambat", "0.5"),
    status("izin", "Izin", "0", excluded=True),
    status("sakit", "Sakit", "0", excluded=True),
    status("alpa", "Alpa", "0", absent=True),
)
PEOPLE = (
    person("1", "Peserta 01", "B", mark="hadir", status="in_progress", key="midway"),
    person("2", "Peserta 02 Raden Ajeng Kusumaningrum", "C", mark="alpa", status="review", key="failing"),
    person("3", "Peserta 03", "D", mark="", status="eligible", key="finished"),
    person("4", "Peserta 04", "A", mark="terlambat", status="in_progress", key="begun"),
)
