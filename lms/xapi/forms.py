"""The forms of this room: they parse and check the shape; what the rules refuse is told at its field."""

from datetime import date, datetime, time, timedelta

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, FileField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from lms.web import formats
from lms.web.forms import HouseForm

SCOPES = {
    "statements/write": lazy_gettext("Send statements"),
    "statements/read/mine": lazy_gettext("Read the statements that it sent itself"),
    "statements/read": lazy_gettext("Read all statements of the organisation"),
    "state": lazy_gettext("Keep and read the state of people in activities"),
    "profile": lazy_gettext("Keep and read profiles of activities and people"),
    "define": lazy_gettext("Describe activities by what its statements say of them"),
    "all/read": lazy_gettext("Read everything"),
    "all": lazy_gettext("Do everything"),
}
"""What each scope of a credential means, in words."""

LONGEST_LABEL = 100
LATEST_YEAR = 2200
LONGEST_LIST = 50_000


class LimitsForm(HouseForm):
    """To what a credential is limited: addresses, one a line."""

    home_pages = TextAreaField(
        lazy_gettext("Only accounts of these sites (homePage)"),
        validators=[Length(max=LONGEST_LIST)],
        render_kw={"rows": 3, "spellcheck": "false", "autocomplete": "off"},
    )
    activity_prefixes = TextAreaField(
        lazy_gettext("Only activities under these addresses"),
        validators=[Length(max=LONGEST_LIST)],
        render_kw={"rows": 3, "spellcheck": "false", "autocomplete": "off"},
    )

    def limits(self) -> dict[str, list[str]]:
        """Both lists, by their names."""
        return {
            "home_pages": (self.home_pages.data or "").split(),
            "activity_prefixes": (self.activity_prefixes.data or "").split(),
        }


class RepairForm(HouseForm):
    """What was refused, as it shall be sent again: typed, or in a file."""

    statement_id = StringField(lazy_gettext("statementId"), render_kw={"spellcheck": "false", "autocomplete": "off"})
    statements = TextAreaField(
        lazy_gettext("JSON of the statements"),
        render_kw={"rows": 20, "spellcheck": "false", "autocomplete": "off"},
    )
    file = FileField(lazy_gettext("A file with the repaired JSON"))

    @property
    def has_text(self) -> bool:
        """Whether a file was brought, or there was a field to type in."""
        return bool(self.file.data) or self.statements.raw_data not in (None, [])

    def text(self) -> str:
        """The JSON; a file goes before what was typed. What is not UTF-8 in it is no JSON any more."""
        if self.file.data:
            return bytes(self.file.data.read()).decode("utf-8-sig", "replace")
        return self.statements.data or ""


class CredentialForm(LimitsForm):
    """A credential for a system that sends or reads statements."""

    label = StringField(
        lazy_gettext("Which system is it for?"),
        validators=[DataRequired(lazy_gettext("This is needed.")), Length(max=LONGEST_LABEL)],
        filters=[lambda text: (text or "").strip()],
        render_kw={"autocomplete": "off"},
    )
    scope = SelectMultipleField(
        lazy_gettext("What may it do?"),
        choices=[SelectChoice(scope, title) for scope, title in SCOPES.items()],
        default=["statements/write"],
        validators=[DataRequired(lazy_gettext("Choose at least one."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    expires = DateField(lazy_gettext("Last day of use"), validators=[Optional()])

    def validate_expires(self, field: DateField) -> None:
        """Near the end of the calendar there is no next day."""
        if field.data is not None and field.data.year > LATEST_YEAR:
            raise ValidationError(gettext("%(value)s lies outside the years 1900 to 2200.", value=field.data.year))

    def expires_at(self) -> datetime | None:
        """When that day ends, in the deployment's time zone; None without a day."""
        last: date | None = self.expires.data
        if last is None:
            return None
        return datetime.combine(last + timedelta(days=1), time(), tzinfo=formats.current().zone)
