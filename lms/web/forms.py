"""The form that every room's forms extend: CSRF by Flask-WTF, and WTForms' own messages in the reader's language."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import get_translations, gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField

from lms.errors import N_, DomainError, NotAllowed, NotFound, Problems, TooMany
from lms.web.errors import told

MESSAGES = (
    N_("This field is required."),
    N_("Not a valid choice."),
    N_("Not a valid choice: could not coerce."),
    N_("Not a valid integer value."),
    N_("Not a valid decimal value."),
    N_("Not a valid date value."),
    N_("Not a valid datetime value."),
    N_("Invalid email address."),
    N_("Invalid input."),
    N_("Number must be at least %(min)s."),
    N_("Number must be at most %(max)s."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Field must be equal to %(other_name)s."),
)
"""What WTForms says in English. It brings no Indonesian catalogue, so these are in ours."""


class _Translations:
    """WTForms fills in the parameters itself, so nothing is interpolated here."""

    def gettext(self, text: str) -> str:
        return str(gettext(text))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return str(get_translations().ungettext(singular, plural, number))


class HouseForm(FlaskForm):  # type: ignore[misc]
    """A form with CSRF protection, in the language of the page."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What WTForms asks about a form."""

        def get_translations(self, form: Any) -> _Translations:
            return _Translations()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What is given, else what was sent as a form; None where nothing was.

            Files reach fields of files only, and JSON none: a field of a text must never hold anything else.
            """
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            return _sent(form) or None if form.is_submitted() else None

    def blame(self, error: DomainError) -> None:
        """Tell what the rules refuse at the field that it is about, else above the form."""
        for problem in error.problems if isinstance(error, Problems) else (error,):
            field = self._fields.get(problem.place)
            if field is None:
                self.form_errors.append(told(problem))
            else:
                field.errors = [*field.errors, told(problem)]


def refusal(form: HouseForm, work: Callable[[], object]) -> int | None:
    """Do the work if the form was sent and is sound: None once it is done, else the status to show the form with.

    What the rules refuse stands in the form then; that something is not there, or not allowed, is no matter of a form.
    """
    if not form.is_submitted():
        return 200
    if not form.validate():
        return 422
    try:
        work()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        form.blame(error)
        return 429 if isinstance(error, TooMany) else 422
    return None


def _sent(form: HouseForm) -> CombinedMultiDict[str, Any]:
    wanted = {name for name, field in form._fields.items() if isinstance(field, FileField)}
    files = MultiDict((name, file) for name, file in request.files.items(multi=True) if name in wanted)
    return CombinedMultiDict((files, request.form))
