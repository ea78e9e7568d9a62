"""Asking, deciding, what becomes of the registers, and who is told."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from lms.attendance.register_models import ContestedMark
from lms.attendance.register_rules import Choice
from lms.attendance.register_settling import settle_marks
from lms.attendance.service import NewMark, take_register
from lms.errors import Conflict, DomainError, NotFound
from lms.leave import marking, queries, rules, service
from lms.leave.rules import Decided
from lms.people.models import Mail
from lms.programme import service as programme
from tests.leave.leaves import SECRET, approve, ask, follow, marks, one, withdraw
from tests.world import NOW, World


def letters(world: World) -> list[tuple[str, str, str]]:
    with world.reading() as session:
        rows = session.scalars(select(Mail).where(Mail.organisation_id == world.sukabumi).order_by(Mail.id))
        return [(row.recipient, row.subject, row.body) for row in rows]


def statuses(world: World, code: str, who: str = "Ani") -> list[str]:
    return [mark.status for mark in marks(world, code, who)]


def take(world: World, code: str, who: str, status: str) -> None:
    session_id, participant_id = world.session_id(code), world.participant(who)
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=participant_id, status=status)],
            recorded_by=None,
            source="register",
            now=NOW,
        )


def move(world: World, code: str, starts: datetime) -> None:
    """Move a session of the timetable, or add it."""
    with world.transaction() as session:
        programme.add_sessions(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            rows=[
                programme.NewSession(
                    code=code, title=code, starts_at=starts, ends_at=starts + timedelta(hours=2), jp=Decimal(3)
                )
            ],
            now=NOW,
        )


def contested(world: World) -> list[ContestedMark]:
    with world.reading() as session:
        found = list(session.scalars(select(ContestedMark).where(ContestedMark.organisation_id == world.sukabumi)))
        session.expunge_all()
    return found


def test_approving_marks_the_sessions_that_it_covers_past_and_future(world: World) -> None:
    request_id = ask(world)
    assert approve(world, request_id) == 3
    for code in ("S01", "S02", "SEM-A"):
        (mark,) = marks(world, code)
        assert (mark.status, mark.source, mark.remark) == ("dinas luar", "leave", rules.code_of(request_id))
        assert mark.recorded_by == "Manager"
    assert marks(world, "SEM-B") == []
    assert marks(world, "S01", "Budi") == []


def test_a_mark_that_says_the_person_came_is_put_to_somebody(world: World) -> None:
    take(world, "S01", "Ani", "hadir")
    request_id = ask(world, last=date(2026, 3, 12))
    approve(world, request_id)
    assert statuses(world, "S01") == ["hadir"]
    (open_one,) = contested(world)
    assert (open_one.why, open_one.status, open_one.outcome) == ("leave", "dinas luar", "")
    assert open_one.against == marks(world, "S01")[0].id
    follow(world)
    assert len(contested(world)) == 1


def test_an_absence_becomes_leave(world: World) -> None:
    take(world, "S01", "Ani", "alpa")
    approve(world, ask(world))
    assert statuses(world, "S01") == ["alpa", "dinas luar"]


def test_withdrawing_takes_back_what_still_counts(world: World) -> None:
    take(world, "S01", "Ani", "alpa")
    request_id = ask(world)
    approve(world, request_id)
    take(world, "SEM-A", "Ani", "hadir")
    assert withdraw(world, request_id) == 2
    assert statuses(world, "S01") == ["alpa", "dinas luar", "alpa"]
    assert statuses(world, "S02") == ["dinas luar", ""]
    assert statuses(world, "SEM-A") == ["dinas luar", "hadir"]
    found = one(world, request_id)
    assert (found.state, found.decided_by, found.withdrawn_by) == ("withdrawn", "Manager", "Manager")
    assert found.withdrawn_reason == "Ternyata hadir."
    assert follow(world) == 0


def test_withdrawing_settles_what_was_put_to_somebody(world: World) -> None:
    take(world, "S01", "Ani", "hadir")
    request_id = ask(world)
    approve(world, request_id)
    withdraw(world, request_id)
    assert [found.outcome for found in contested(world)] == ["dropped"]


def test_a_leave_that_somebody_takes_over_a_mark_is_withdrawn_like_others(world: World) -> None:
    take(world, "S01", "Ani", "hadir")
    request_id, ani = ask(world), world.participant("Ani")
    approve(world, request_id)
    (open_one,), session_id, manager = contested(world), world.session_id("S01"), world.account("manager")
    choice = Choice(participant_id=ani, take=open_one.id, seen=open_one.against, shown=(open_one.id,))
    with world.transaction() as session:
        settle_marks(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            choices=[choice],
            settled_by=manager,
            now=NOW,
        )
    assert statuses(world, "S01") == ["hadir", "dinas luar"]
    assert follow(world) == 0
    withdraw(world, request_id)
    assert statuses(world, "S01") == ["hadir", "dinas luar", "hadir"]


def test_sessions_that_come_later_are_followed(world: World) -> None:
    approve(world, ask(world))
    move(world, "S03", NOW + timedelta(hours=8))
    assert follow(world) == 1
    assert statuses(world, "S03") == ["dinas luar"]
    move(world, "S03", NOW + timedelta(days=5))
    with world.reading() as session:
        assert service.astray(session, organisation_id=world.sukabumi, now=NOW) == [world.cohort]
    assert follow(world) == 1
    assert statuses(world, "S03") == ["dinas luar", ""]
    move(world, "S03", NOW + timedelta(hours=8))
    assert follow(world) == 1
    assert statuses(world, "S03") == ["dinas luar", "", "dinas luar"]
    assert follow(world) == 0
    with world.reading() as session:
        assert service.astray(session, organisation_id=world.sukabumi, now=NOW) == []


def test_following_leaves_what_somebody_has_said_since(world: World) -> None:
    approve(world, ask(world))
    take(world, "S01", "Ani", "alpa")
    assert follow(world) == 0
    assert statuses(world, "S01") == ["dinas luar", "alpa"]


def test_of_two_decisions_one_wins_and_the_other_is_told(world: World) -> None:
    request_id = ask(world)
    manager = world.account("manager")
    barrier, outcomes = Barrier(2), []

    def refuse() -> None:
        barrier.wait()
        try:
            with world.transaction() as session:
                service.refuse(
                    session,
                    organisation_id=world.sukabumi,
                    request_id=request_id,
                    decided_by=manager,
                    reason="Sesi wajib.",
                    now=NOW,
                )
            outcomes.append("refused")
        except Decided:
            outcomes.append("told")

    def accept() -> None:
        barrier.wait()
        try:
            approve(world, request_id)
            outcomes.append("approved")
        except Decided:
            outcomes.append("told")

    both = [Thread(target=refuse), Thread(target=accept)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert outcomes.count("told") == 1
    state = one(world, request_id).state
    assert state in outcomes
    assert statuses(world, "S01") == (["dinas luar"] if state == "approved" else [])


def test_a_refusal_needs_a_reason(world: World) -> None:
    request_id, manager = ask(world), world.account("manager")
    with pytest.raises(DomainError), world.transaction() as session:
        service.refuse(
            session, organisation_id=world.sukabumi, request_id=request_id, decided_by=manager, reason=" ", now=NOW
        )
    assert one(world, request_id).state == "asked"


def test_nobody_asks_twice_for_the_same_time(world: World) -> None:
    ask(world)
    with pytest.raises(Conflict):
        ask(world, first=date(2026, 3, 13), last=date(2026, 3, 20))
    ask(world, "Budi")
    ask(world, first=date(2026, 3, 14), last=date(2026, 3, 20))


def test_one_asks_again_after_a_refusal(world: World) -> None:
    request_id, manager = ask(world), world.account("manager")
    with world.transaction() as session:
        service.refuse(
            session, organisation_id=world.sukabumi, request_id=request_id, decided_by=manager, reason="x", now=NOW
        )
    again = ask(world)
    assert (one(world, request_id).state, one(world, again).state) == ("refused", "asked")


@pytest.mark.parametrize("status", ["hadir", "alpa", "terlambat", "sakit"])
def test_only_a_kind_of_leave_is_asked_for(world: World, status: str) -> None:
    cohort_id, ani = world.cohort, world.participant("Ani")
    with pytest.raises(DomainError) as refusal, world.transaction() as session:
        service.ask(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort_id,
            participant_id=ani,
            status=status,
            period=rules.whole_days(date(2026, 3, 12), date(2026, 3, 12), time_zone="Asia/Jakarta"),
            asked_by=None,
            now=NOW,
        )
    assert refusal.value.place == "status"


def test_another_organisation_decides_nothing(world: World) -> None:
    request_id = ask(world)
    other = world.account("manager", organisation_id=world.bandung, name="other")
    with pytest.raises(NotFound), world.transaction() as session:
        service.approve(session, organisation_id=world.bandung, request_id=request_id, decided_by=other, now=NOW)


def test_a_participant_takes_back_their_own_alone_and_only_before_the_decision(world: World) -> None:
    request_id, ani, account = ask(world), world.participant("Ani"), world.account("participant")

    def take_back(participant_id: UUID) -> None:
        with world.transaction() as session:
            service.take_back_request(
                session,
                organisation_id=world.sukabumi,
                request_id=request_id,
                participant_id=participant_id,
                account_id=account,
                now=NOW,
            )

    with pytest.raises(NotFound):
        take_back(world.participant("Budi"))
    take_back(ani)
    assert one(world, request_id).state == "withdrawn"
    with pytest.raises(Decided):
        take_back(ani)


def test_the_people_concerned_are_told_by_mail_without_the_note(mailing: World) -> None:
    world = mailing
    world.account("manager")
    request_id = ask(world, note=SECRET)
    approve(world, request_id)
    code = rules.code_of(request_id)
    to_manager, to_ani = letters(world)
    assert to_manager[0] == "manager@sukabumi.example"
    assert code in to_manager[1]
    assert to_ani[:2] == ("ani@sukabumi.example", f"Your leave {code} was approved")
    assert f"/my/leave/{request_id}" in to_ani[2]
    assert not any(SECRET in "".join(letter) for letter in (to_manager, to_ani))


def test_an_account_is_written_to_at_its_own_address(mailing: World) -> None:
    mailing.account("participant", name="Dedi")
    request_id = ask(mailing, who="Dedi")
    approve(mailing, request_id)
    assert letters(mailing)[-1][0] == "Dedi@sukabumi.example"


def test_without_a_manager_the_administrators_are_told(mailing: World) -> None:
    world = mailing
    world.account("admin")
    ask(world)
    assert [letter[0] for letter in letters(world)] == ["admin@sukabumi.example"]


def test_it_tells_how_many_jp_became_leave(world: World) -> None:
    request_id = ask(world)
    approve(world, request_id)
    take(world, "SEM-A", "Ani", "hadir")
    found = [one(world, request_id)]
    with world.reading() as session:
        known = marking.around(session, organisation_id=world.sukabumi, requests=found)
    assert marking.on_leave(found, known) == {world.participant("Ani"): Decimal(6)}


def test_a_list_holds_no_note(world: World) -> None:
    request_id = ask(world, note=SECRET)
    with world.reading() as session:
        found = queries.of_cohort(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert [(row.id, row.has_note) for row in found] == [(request_id, True)]
    assert SECRET not in repr(found)
