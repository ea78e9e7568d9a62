"""The form by which a file is brought in."""

from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import SubmitField

from lms.web.forms import HouseForm


class ImportForm(HouseForm):
    """A file, and whether it is to be tried only."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file first."))])
    trial = SubmitField(lazy_gettext("Try it"))
    bring = SubmitField(lazy_gettext("Import"))
