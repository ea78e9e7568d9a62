"""Which answer an error becomes, and the headers that it keeps."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from lms.db import reading

HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}


class Spoken(psycopg.OperationalError):
    """What PostgreSQL says, under one of its codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.sqlstate = code


def lite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("something")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], int]:
    """The status of a page whose database raises this."""

    def status(error: Exception) -> int:
        def fail() -> None:
            raise OperationalError("SELECT 1", {}, error)

        monkeypatch.setitem(app.view_functions, "xapi.about", fail)
        response = app.test_client().get("/xapi/about")
        assert ("Retry-After" in response.headers) == (response.status_code == 503)
        return response.status_code

    return status


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection refused"),
        *map(Spoken, ("08006", "40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03")),
        *map(lite, (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)),
    ],
    ids=repr,
)
def test_what_passes_is_to_be_tried_again(answer: Callable[[Exception], int], error: Exception) -> None:
    assert answer(error) == 503


def test_an_outage_is_told_in_a_line_for_each_request(
    answer: Callable[[Exception], int], caplog: pytest.LogCaptureFixture
) -> None:
    answer(psycopg.OperationalError("connection refused\nIs the server running?"))

    assert len(caplog.text.splitlines()) == 1
    assert "GET /xapi/about" in caplog.text
    assert "connection refused" in caplog.text


def test_who_waited_in_vain_for_a_connection_is_to_come_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise NoConnection("QueuePool limit of size 10 overflow 20 reached")

    monkeypatch.setitem(app.view_functions, "xapi.about", fail)
    response = app.test_client().get("/xapi/about")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    "error",
    [*map(Spoken, ("54000", "53100", "57014", "58030")), *map(lite, (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FULL))],
    ids=repr,
)
def test_what_would_fail_again_is_a_mistake_of_ours(
    answer: Callable[[Exception], int], error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer(error) == 500
    assert "/xapi/about failed" in caplog.text


def test_a_mistake_in_a_query_is_a_mistake_of_ours(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "xapi.about", lambda: reading().execute(text("SELECT * FROM nowhere")))

    assert app.test_client().get("/xapi/about").status_code == 500


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/health", HTML, "text/html"),
        ("/health", JSON, "application/json"),
        ("/xapi/statements", {"X-Experience-API-Version": "1.0.3"}, "application/json"),
    ],
)
def test_a_method_that_is_not_there_is_told_those_that_are(
    app: Flask, path: str, accept: dict[str, str], kind: str
) -> None:
    response = app.test_client().delete(path, headers=accept)

    assert (response.status_code, response.mimetype) == (405, kind)
    assert "GET" in response.headers["Allow"].split(", ")


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [("programme.calendar_file", "/calendar/sukabumi/geheim.ics"), ("people.invitation", "/invitations/geheim")],
)
def test_the_log_of_an_error_holds_no_token(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, endpoint: str, path: str
) -> None:
    def fail(**_arguments: str) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, endpoint, fail)
    assert app.test_client().get(path).status_code == 500
    assert "failed" in caplog.text
    assert "geheim" not in caplog.text
