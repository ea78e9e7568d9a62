"""The note of a leave: who reads it is kept, and erased it is gone."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from lms.errors import Conflict, NotFound
from lms.leave import queries, rules, service
from lms.leave.models import LeaveNote
from tests.leave.leaves import PDF, SECRET, approve, ask
from tests.world import NOW, World


def with_note(world: World, **options: date) -> UUID:
    return ask(world, note=SECRET, document=rules.document("surat dokter.pdf", PDF * 1000), **options)


def row(world: World, request_id: UUID) -> LeaveNote:
    with world.reading() as session:
        found = session.scalars(select(LeaveNote).where(LeaveNote.request_id == request_id)).one()
        session.expunge_all()
    return found


def test_who_reads_it_stays_with_it(world: World) -> None:
    request_id, manager = with_note(world), world.account("manager")
    with world.transaction() as session:
        note = service.read_note(
            session, organisation_id=world.sukabumi, request_id=request_id, read_by=manager, now=NOW
        )
    assert note.text == SECRET
    assert note.document is not None
    assert note.document.content == PDF * 1000
    with world.reading() as session:
        found = queries.readings(session, organisation_id=world.sukabumi, request_id=request_id)
    assert [(reading.read_by, reading.read_at) for reading in found] == [("Manager", NOW)]


def test_another_organisation_reads_nothing(world: World) -> None:
    request_id = with_note(world)
    other = world.account("manager", name="other", organisation_id=world.bandung)
    with pytest.raises(NotFound), world.transaction() as session:
        service.read_note(session, organisation_id=world.bandung, request_id=request_id, read_by=other, now=NOW)


def erase(world: World, request_id: UUID, participant_id: UUID | None = None) -> None:
    account = world.account("manager") if participant_id is None else world.account("participant")
    with world.transaction() as session:
        service.erase_note(
            session,
            organisation_id=world.sukabumi,
            request_id=request_id,
            erased_by=account,
            participant_id=participant_id,
            now=NOW,
        )


def test_erased_it_leaves_only_when_and_by_whom(world: World) -> None:
    request_id = with_note(world)
    erase(world, request_id)
    left = row(world, request_id)
    assert (left.text, left.file_name, left.file_type, left.content) == ("", "", "", None)
    assert (left.erased_at, left.erased_by) == (NOW, world.account("manager"))
    with pytest.raises(NotFound), world.reading() as session:
        queries.note(session, organisation_id=world.sukabumi, request_id=request_id)


def test_erased_its_bytes_are_in_no_table(world: World) -> None:
    request_id = with_note(world)
    erase(world, request_id)
    with world.reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            kept = session.scalar(text("SELECT count(*) FROM leave_note n WHERE n::text LIKE '%demam%'"))
            assert kept == 0
            return
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        file = Path(str(session.get_bind().engine.url.database))
    assert SECRET.encode() not in file.read_bytes()


def test_a_participant_erases_their_own_after_the_decision(world: World) -> None:
    request_id, ani = with_note(world), world.participant("Ani")
    with pytest.raises(Conflict):
        erase(world, request_id, ani)
    approve(world, request_id)
    with pytest.raises(NotFound):
        erase(world, request_id, world.participant("Budi"))
    assert row(world, request_id).text == SECRET
    erase(world, request_id, ani)
    assert row(world, request_id).text == ""


def test_old_notes_are_erased_where_a_decision_was_made(world: World) -> None:
    decided = with_note(world, first=date(2026, 3, 1), last=date(2026, 3, 2))
    waiting = with_note(world, first=date(2026, 3, 3), last=date(2026, 3, 3))
    recent = with_note(world, first=date(2026, 3, 11), last=date(2026, 3, 11))
    for request_id in (decided, recent):
        approve(world, request_id)

    def erase_old(days: int) -> int:
        with world.transaction() as session:
            return service.erase_old_notes(session, organisation_id=world.sukabumi, days=days, now=NOW)

    assert erase_old(30) == 0
    assert erase_old(5) == 1
    assert [row(world, one).text for one in (decided, waiting, recent)] == ["", SECRET, SECRET]
    assert row(world, decided).erased_by is None
    assert erase_old(5) == 0


def test_a_note_that_was_erased_stays_so(world: World) -> None:
    request_id, admin = with_note(world), world.account("admin")
    erase(world, request_id)
    with world.transaction() as session:
        service.erase_note(
            session,
            organisation_id=world.sukabumi,
            request_id=request_id,
            erased_by=admin,
            now=NOW + timedelta(days=1),
        )
    assert row(world, request_id).erased_at == NOW
