"""Statements out of a file: all are checked before the first is stored, and what is stored already is skipped."""

import gzip
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from sqlalchemy.exc import OperationalError

from lms.exchange import statements
from lms.xapi import queries as xapi
from lms.xapi import service
from tests.cli.running import run
from tests.world import World

MODULE = "https://mooc.example/modul/1"


def _statement(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": "https://mooc.example", "name": "199001012026031001"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": MODULE},
        "timestamp": "2026-03-10T08:00:00+07:00",
        **changes,
    }


def _bring(world: World, folder: Path, content: bytes, *more: str) -> Result:
    _ = world.sukabumi
    file = folder / "statements.jsonl"
    file.write_bytes(content)
    return run(world.app, "import", "statements", str(file), *more)


def _lines(*kept: dict[str, Any]) -> bytes:
    return "\n".join(map(json.dumps, kept)).encode()


def _stored(world: World) -> int:
    with world.reading() as session:
        return sum(
            len(portion) for portion in xapi.every_statement(session, organisation_id=world.sukabumi, at_once=100)
        )


@pytest.mark.parametrize(
    "written",
    [
        lambda batch: _lines(*batch) + b"\n",
        lambda batch: b"\xef\xbb\xbf" + _lines(*batch).replace(b"\n", b"\r\n\r\n"),
        lambda batch: json.dumps(batch, indent=2).encode(),
        lambda batch: b"\xef\xbb\xbf \n" + json.dumps(batch).encode(),
    ],
    ids=["lines", "lines of a spreadsheet", "an array over many lines", "an array with a mark"],
)
def test_lines_and_arrays_are_the_same(world: World, tmp_path: Path, written: Any) -> None:
    told = _bring(world, tmp_path, written([_statement(), _statement()]))
    assert "2 read, 2 added, 0 known already" in told.stderr
    assert _stored(world) == 2


def test_every_bad_statement_is_told_and_none_is_stored(world: World, tmp_path: Path) -> None:
    wrong = _statement(actor={"mbox": "nobody"})
    content = _lines(_statement()) + b"\n\n" + _lines(wrong) + b"\n{not json\n[]\n" + _lines(_statement(verb=None))
    told = _bring(world, tmp_path, content)
    assert told.exit_code == 1
    places = [line.partition(": ")[0] for line in told.stderr.splitlines()]
    assert places[0].startswith("line 3, actor")
    assert [place.partition(",")[0] for place in places[:4]] == ["line 3", "line 4", "line 5", "line 6"]
    assert "4 of 5 statements are wrong; nothing was stored." in told.stderr
    assert _stored(world) == 0


def test_a_place_in_an_array_is_told_by_its_line(world: World, tmp_path: Path) -> None:
    content = json.dumps([_statement(), _statement(verb={"id": "no iri"})], indent=1).encode()
    told = _bring(world, tmp_path, content)
    begins = content.decode().splitlines().index(" {", 2) + 1
    assert told.stderr.startswith(f"line {begins}, verb")


@pytest.mark.parametrize("content", [b"[{}", b"[1,]", b"[\xff]", b"[" * 100_000])
def test_a_broken_array_is_told(world: World, tmp_path: Path, content: bytes) -> None:
    told = _bring(world, tmp_path, content)
    assert told.exit_code == 1
    assert "broken" in told.stderr


def test_a_line_without_end_is_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "LONGEST_LINE", 1000)
    told = _bring(world, tmp_path, _lines(_statement()) + b"\n" + b"x" * 1001)
    assert (told.exit_code, told.stderr[:7]) == (1, "line 2:")


def test_a_large_array_is_better_written_as_lines(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "LARGEST_ARRAY", 100)
    told = _bring(world, tmp_path, json.dumps([_statement()]).encode())
    assert (told.exit_code, "one statement a line" in told.stderr) == (1, True)


def test_statements_without_an_id_are_known_again(world: World, tmp_path: Path) -> None:
    nameless = [_statement(), _statement(timestamp="2026-03-11T08:00:00+07:00")]
    for one in nameless:
        del one["id"]
    assert "2 added" in _bring(world, tmp_path, _lines(*nameless)).stderr
    assert "0 added, 2 known already" in _bring(world, tmp_path, _lines(*nameless)).stderr
    assert _stored(world) == 2


def test_a_statement_sent_twice_is_stored_once(world: World, tmp_path: Path) -> None:
    one = _statement()
    assert "2 read, 1 added, 1 known already" in _bring(world, tmp_path, _lines(one, one)).stderr


def test_it_says_what_is_stored_when_one_contradicts_another(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "BATCH", 2)
    before = _statement()
    _bring(world, tmp_path, _lines(before))
    other = before | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
    told = _bring(world, tmp_path, _lines(_statement(), _statement(), other, _statement()))
    assert told.exit_code == 1
    assert str(before["id"]) in told.stderr
    assert "2 statements before it are stored; the others are not." in told.stderr
    assert _stored(world) == 3


def test_an_attachment_whose_content_is_nowhere_is_refused(world: World, tmp_path: Path) -> None:
    attachment = {
        "usageType": "https://mooc.example/certificate",
        "display": {"id": "Sertifikat"},
        "contentType": "application/pdf",
        "length": 3,
        "sha2": "0" * 64,
    }
    told = _bring(world, tmp_path, _lines(_statement(attachments=[attachment])))
    assert (told.exit_code, "fileUrl" in told.stderr) == (1, True)


# Files of all kinds


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "\xff"}', "is not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "line 1: "),
        (b'{"actor": "\x00"}', "line 1: "),
        (b'{"id": "a", "id": "b"}', "stands twice"),
        (b"x" * (5 << 20) + b"\n{}", "This line is longer than 4 MB."),
        (b"{" * 100_000, "line 1"),
        (b"\x1f\x8b\x08broken", "broken or cut off"),
        (gzip.compress(b'{"id": 1}\n' * 1000)[:-12], "broken or cut off"),
    ],
    ids=["bytes", "utf-16", "nul", "twice", "5 MB", "deep", "no gzip", "cut gzip"],
)
def test_what_cannot_be_read_is_told_in_a_sentence(world: World, tmp_path: Path, content: bytes, words: str) -> None:
    told = _bring(world, tmp_path, content)
    assert told.exit_code == 1
    assert words in told.stderr
    assert _stored(world) == 0


def test_after_a_line_that_is_too_long_the_others_are_checked(world: World, tmp_path: Path) -> None:
    content = b"x" * (5 << 20) + b"\n" + _lines(_statement()) + b"\n{}"
    told = _bring(world, tmp_path, content, "--dry-run")
    assert [line.partition(":")[0].partition(",")[0] for line in told.stderr.splitlines()[:2]] == ["line 1", "line 3"]
    assert "2 of 3 statements are wrong" in told.stderr


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"[]"])
def test_an_empty_file_has_nothing_and_is_no_error(world: World, tmp_path: Path, content: bytes) -> None:
    told = _bring(world, tmp_path, content)
    assert (told.exit_code, "0 read, 0 added" in told.stderr) == (0, True)


def test_a_folder_and_a_missing_file_are_used_wrongly(world: World, tmp_path: Path) -> None:
    _ = world.sukabumi
    for path in (tmp_path, tmp_path / "missing"):
        told = run(world.app, "import", "statements", str(path))
        assert (told.exit_code, str(path) in told.stderr) == (2, True)


def test_a_file_that_may_not_be_read_is_told(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    _ = world.sukabumi
    (tmp_path / "statements.jsonl").touch()
    told = run(world.app, "import", "statements", str(tmp_path / "statements.jsonl"))
    assert told.exit_code == 1
    assert "The file cannot be read: Permission denied." in told.stderr


def test_a_compressed_file_and_standard_input_are_the_same(world: World, tmp_path: Path) -> None:
    lines = _lines(_statement(), _statement())
    assert "2 added" in _bring(world, tmp_path, gzip.compress(lines)).stderr
    again = run(world.app, "import", "statements", "-", given=lines.decode())
    assert "2 read, 0 added, 2 known already" in again.stderr


# Interrupted, and contradicted


def test_it_goes_on_where_it_stopped(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "BATCH", 2)
    content = _lines(*(_statement() for _ in range(7)))
    store, calls = service.store_one, iter(range(9))

    def interrupted(*given: Any, **named: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return store(*given, **named)

    monkeypatch.setattr(service, "store_one", interrupted)
    told = _bring(world, tmp_path, content)
    assert told.exit_code == 130
    assert "4 statements were added. Run it again with the same file" in told.stderr
    assert _stored(world) == 4

    checked: list[int] = []
    problems = statements.problems
    monkeypatch.setattr(statements, "problems", lambda *given, **named: checked.append(1) or problems(*given, **named))
    packed = _bring(world, tmp_path, gzip.compress(content))
    assert "as far as line 4 before; it goes on from there" in packed.stderr
    assert "3 read, 3 added, 0 known already" in packed.stderr
    assert (_stored(world), checked) == (7, [])
    assert "7 read, 0 added, 7 known already" in _bring(world, tmp_path, content).stderr


def test_an_array_goes_on_where_it_stopped(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "BATCH", 2)
    content = json.dumps([_statement() for _ in range(5)], indent=1).encode()
    store, calls = service.store_one, iter(range(9))

    def broken(*given: Any, **named: Any) -> Any:
        if next(calls) == 1:
            raise OperationalError("COMMIT", {}, Exception("database or disk is full"))
        return store(*given, **named)

    monkeypatch.setattr(service, "store_one", broken)
    told = _bring(world, tmp_path, content)
    assert (told.exit_code, "disk is full" in told.stderr) == (3, True)
    assert "3 read, 3 added" in _bring(world, tmp_path, content).stderr
    assert _stored(world) == 5


def test_a_contradiction_is_told_with_its_line_and_can_be_left_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "BATCH", 2)
    before = _statement()
    _bring(world, tmp_path, _lines(before))
    other = before | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
    content = _lines(_statement(), _statement(), _statement(), other, _statement())

    told = _bring(world, tmp_path, content)
    assert (told.exit_code, f"line 4: a different statement {before['id']}" in told.stderr) == (1, True)
    aside = tmp_path / "aside.jsonl"
    told = _bring(world, tmp_path, content, "--skip-conflicts", str(aside))
    assert "3 read, 2 added, 0 known already, 1 left out" in told.stderr
    assert [json.loads(line) for line in aside.read_text().splitlines()] == [other]
    assert _stored(world) == 5


def test_who_vouches_and_when_it_was_stored_are_this_store_s(world: World, tmp_path: Path) -> None:
    elsewhere = {"account": {"homePage": "https://lain.example", "name": "x"}}
    one = _statement(authority=elsewhere, stored="2020-01-01T00:00:00Z", version="1.0.3")
    _bring(world, tmp_path, _lines(one))
    with world.reading() as session:
        ((kept,),) = xapi.every_statement(session, organisation_id=world.sukabumi, at_once=10)
    payload = json.loads(kept.payload)
    assert payload["authority"]["account"]["name"] == "import"
    assert not payload["stored"].startswith("2020")
    assert (payload["timestamp"], payload["version"]) == (one["timestamp"], "1.0.3")
