"""What a form takes from a request: texts for its fields, files for those of files, and nothing else."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask_wtf.file import FileField
from wtforms import StringField

from lms.web.forms import HouseForm


class Note(HouseForm):
    """A text and a file."""

    class Meta(HouseForm.Meta):
        """Not what this is about."""

        csrf = False

    text = StringField()
    file = FileField()


@pytest.mark.parametrize(
    ("sent", "text", "name"),
    [
        ({"data": {"text": "satu"}}, "satu", None),
        ({"data": {"text": "satu", "file": (BytesIO(b"x"), "surat.pdf")}}, "satu", "surat.pdf"),
        ({"data": {"text": (BytesIO(b"x"), "surat.pdf")}}, None, None),
        ({"data": {"text": (BytesIO(b"x"), "surat.pdf"), "file": (BytesIO(b"x"), "lain.pdf")}}, None, "lain.pdf"),
        ({"data": {"text": "satu", "file": "dua"}}, "satu", None),
        ({"json": {"text": 5}}, None, None),
        ({"json": {"text": "\ud800"}}, None, None),
        ({"json": ["text"]}, None, None),
        ({"data": "{", "content_type": "application/json"}, None, None),
    ],
)
def test_a_field_of_a_text_holds_a_text_or_nothing(
    shell_app: Flask, sent: dict[str, Any], text: str | None, name: str | None
) -> None:
    with shell_app.test_request_context("/", method="POST", **sent):
        form = Note()
        assert form.is_submitted()
    assert (form.text.data, form.file.data and form.file.data.filename) == (text, name)
