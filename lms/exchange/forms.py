"""The form by which a file is brought in, or what somebody copied from a spreadsheet."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, SubmitField, TextAreaField, ValidationError

from lms.errors import N_, DomainError
from lms.exchange.targets import Options
from lms.web.forms import HouseForm


class ImportForm(HouseForm):
    """A file, its pasted text, or one that was tried before (`kept`), and whether it is to be tried only.

    For the log of a live class, its `session` by code; and pairs of `who` and `person`: whom a name in it means.
    """

    file = FileField(lazy_gettext("File"))
    text = TextAreaField(
        lazy_gettext("Or paste the rows"),
        filters=[lambda text: text if text and text.strip() else None],
        render_kw={"rows": 8, "spellcheck": "false"},
    )
    kept = HiddenField()
    session = StringField(lazy_gettext("Session"))
    trial = SubmitField(lazy_gettext("Try it"))
    bring = SubmitField(lazy_gettext("Import"))

    def validate_file(self, field: Any) -> None:
        """One of them is needed, and only one of a file and a text."""
        if not field.data and not self.text.data and not self.kept.data:
            raise ValidationError(gettext("Choose a file first."))
        if field.data and self.text.data:
            raise ValidationError(gettext("Choose a file or paste its rows, not both."))

    def options(self) -> Options:
        """What is said beside the file; raises DomainError where a person is no id."""
        pairs = zip(request.form.getlist("who"), request.form.getlist("person"), strict=False)
        try:
            matches = {who: UUID(person) for who, person in pairs if person}
        except ValueError:
            raise DomainError(N_("The form is not complete. Load the page again.")) from None
        return Options(session_code=self.session.data or "", matches=matches)
