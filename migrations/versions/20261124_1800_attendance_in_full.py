"""attendance in full

Registers have states, rules, contested marks and disputes; sessions can be moved and cancelled; self check-in, leave,
warnings, calendars, and marks as statements.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SOURCES = "'register', 'offline', 'check_in', 'import', 'paper', 'scan', 'log', 'leave', 'statement'"


def upgrade() -> None:
    # The version before still adds rows meanwhile, so the columns keep their defaults.
    with op.batch_alter_table("classroom_session") as batch_op:
        batch_op.add_column(sa.Column("room", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("cancelled_at", lms.db.Moment(), nullable=True))
        batch_op.add_column(sa.Column("cancel_reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("changed_at", lms.db.Moment(), nullable=True))
    with op.batch_alter_table("mark") as batch_op:
        batch_op.add_column(sa.Column("made_at", lms.db.Moment(), nullable=True))
        batch_op.add_column(sa.Column("skew_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("device", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("device_id", IDENTITY, nullable=True))
        batch_op.add_column(sa.Column("source_name", sa.Text(), nullable=False, server_default=""))
        batch_op.drop_constraint("mark_source", type_="check")
        batch_op.create_check_constraint("mark_source", f"source IN ({SOURCES})")
    _timetable()
    _registers()
    _check_in()
    _leave()
    _statements()


def _timetable() -> None:
    op.create_table(
        "session_facilitator",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("account_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "session_id", "account_id"),
    )
    op.create_index("session_facilitator_by_account", "session_facilitator", ["organisation_id", "account_id"])
    op.create_table(
        "session_change",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("changed_at", lms.db.Moment(), nullable=False),
        sa.Column("changed_by", IDENTITY, nullable=True),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('made', 'changed', 'cancelled', 'restored')", name="session_change_kind"),
        sa.ForeignKeyConstraint(["organisation_id", "changed_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("session_change_of_session", "session_change", ["organisation_id", "session_id", "changed_at"])
    op.create_table(
        "calendar_feed",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("account_id", IDENTITY, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "account_id"),
        sa.UniqueConstraint("organisation_id", "token_hash", name="calendar_feed_token_once"),
    )


def _registers() -> None:
    op.create_table(
        "attendance_rules",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("early_minutes", sa.Integer(), nullable=True),
        sa.Column("late_days", sa.Integer(), nullable=True),
        sa.Column("present_status", sa.Text(), nullable=False),
        sa.Column("late_status", sa.Text(), nullable=False),
        sa.Column("absent_status", sa.Text(), nullable=False),
        sa.Column("leave_statuses", sa.Text(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("log_percent", sa.Integer(), nullable=False),
        sa.Column("check_in", sa.Boolean(), nullable=False),
        sa.Column("check_in_before", sa.Integer(), nullable=False),
        sa.Column("check_in_after", sa.Integer(), nullable=False),
        sa.Column("networks", sa.Text(), nullable=False),
        sa.Column("warn_consecutive", sa.Integer(), nullable=False),
        sa.Column("warn_by_mail", sa.Boolean(), nullable=False),
        sa.CheckConstraint("log_percent BETWEEN 1 AND 100", name="attendance_rules_log_percent"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "cohort_id"),
    )
    op.create_table(
        "session_register",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("head_count", sa.Integer(), nullable=True),
        sa.Column("counted_at", lms.db.Moment(), nullable=True),
        sa.Column("counted_by", IDENTITY, nullable=True),
        sa.Column("closed_at", lms.db.Moment(), nullable=True),
        sa.Column("closed_by", IDENTITY, nullable=True),
        sa.CheckConstraint("head_count IS NULL OR head_count >= 0", name="session_register_head_count"),
        sa.ForeignKeyConstraint(["organisation_id", "closed_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "counted_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "session_id"),
    )
    op.create_table(
        "register_event",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("happened_at", lms.db.Moment(), nullable=False),
        sa.Column("done_by", IDENTITY, nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.Column("missing", sa.Integer(), nullable=True),
        sa.Column("marked_as", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('counted', 'closed', 'reopened')", name="register_event_kind"),
        sa.ForeignKeyConstraint(["organisation_id", "done_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("register_event_of_session", "register_event", ["organisation_id", "session_id", "happened_at"])
    op.create_table(
        "contested_mark",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("received_at", lms.db.Moment(), nullable=False),
        sa.Column("recorded_by", IDENTITY, nullable=True),
        sa.Column("made_at", lms.db.Moment(), nullable=True),
        sa.Column("skew_ms", sa.BigInteger(), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("device_id", IDENTITY, nullable=True),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("against", IDENTITY, nullable=True),
        sa.Column("outcome", sa.String(length=7), nullable=False),
        sa.Column("settled_at", lms.db.Moment(), nullable=True),
        sa.Column("settled_by", IDENTITY, nullable=True),
        sa.Column("settled_as", IDENTITY, nullable=True),
        sa.CheckConstraint("outcome IN ('', 'same', 'taken', 'dropped')", name="contested_mark_outcome"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id", "recorded_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id", "settled_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("contested_mark_of_session", "contested_mark", ["organisation_id", "session_id", "outcome"])
    op.create_table(
        "mark_dispute",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("mark_id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", lms.db.Moment(), nullable=True),
        sa.Column("answered_by", IDENTITY, nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'withdrawn')", name="mark_dispute_state"),
        sa.ForeignKeyConstraint(["organisation_id", "answered_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "mark_id"], ["mark.organisation_id", "mark.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("mark_dispute_of_participant", "mark_dispute", ["organisation_id", "participant_id"])
    op.create_index("mark_dispute_of_session", "mark_dispute", ["organisation_id", "session_id", "state"])
    op.create_table(
        "live_presence",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("joined_at", lms.db.Moment(), nullable=False),
        sa.Column("left_at", lms.db.Moment(), nullable=False),
        sa.Column("imported_at", lms.db.Moment(), nullable=False),
        sa.Column("imported_by", IDENTITY, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "imported_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("live_presence_of_session", "live_presence", ["organisation_id", "session_id", "participant_id"])
    op.create_table(
        "attendance_warning",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("mailed_to", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('absent', 'consecutive', 'limit')", name="attendance_warning_kind"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "participant_id", "session_id", "kind", name="attendance_warning_once"),
    )
    op.create_index(
        "attendance_warning_of_cohort", "attendance_warning", ["organisation_id", "cohort_id", "created_at"]
    )


def _check_in() -> None:
    op.create_table(
        "check_in",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("opened_at", lms.db.Moment(), nullable=False),
        sa.Column("opened_by", IDENTITY, nullable=True),
        sa.Column("closed_at", lms.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "opened_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "session_id"),
    )
    op.create_table(
        "check_in_claim",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("claimed_at", lms.db.Moment(), nullable=False),
        sa.Column("how", sa.String(length=4), nullable=False),
        sa.Column("device_id", IDENTITY, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("mark_id", IDENTITY, nullable=True),
        sa.CheckConstraint("how IN ('qr', 'code')", name="check_in_claim_how"),
        sa.CheckConstraint("state IN ('claimed', 'early', 'refused')", name="check_in_claim_state"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(
        "check_in_claim_by_device",
        "check_in_claim",
        ["organisation_id", "session_id", "device_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_index("check_in_claim_of_session", "check_in_claim", ["organisation_id", "session_id", "claimed_at"])
    op.create_index(
        "check_in_claim_once",
        "check_in_claim",
        ["organisation_id", "session_id", "participant_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )


def _leave() -> None:
    op.create_table(
        "leave_request",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", lms.db.Moment(), nullable=False),
        sa.Column("ends_at", lms.db.Moment(), nullable=False),
        sa.Column("asked_at", lms.db.Moment(), nullable=False),
        sa.Column("asked_by", IDENTITY, nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("decided_at", lms.db.Moment(), nullable=True),
        sa.Column("decided_by", IDENTITY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", lms.db.Moment(), nullable=True),
        sa.Column("withdrawn_by", IDENTITY, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'withdrawn')", name="leave_request_state"),
        sa.CheckConstraint("ends_at > starts_at", name="leave_request_ends_after_start"),
        sa.ForeignKeyConstraint(["organisation_id", "asked_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "decided_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "withdrawn_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("leave_request_of_cohort", "leave_request", ["organisation_id", "cohort_id", "state", "starts_at"])
    op.create_index("leave_request_of_participant", "leave_request", ["organisation_id", "participant_id"])
    op.create_table(
        "leave_note",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("request_id", IDENTITY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", lms.db.Moment(), nullable=True),
        sa.Column("erased_by", IDENTITY, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "erased_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"], ["leave_request.organisation_id", "leave_request.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "request_id"),
    )
    op.create_table(
        "leave_note_reading",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("request_id", IDENTITY, nullable=False),
        sa.Column("read_at", lms.db.Moment(), nullable=False),
        sa.Column("read_by", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id", "read_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"], ["leave_request.organisation_id", "leave_request.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("leave_note_reading_of_request", "leave_note_reading", ["organisation_id", "request_id", "read_at"])


def _statements() -> None:
    op.create_table(
        "mark_to_tell",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "told_mark",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("statement_id", IDENTITY, nullable=False),
        sa.Column("mark_id", IDENTITY, nullable=False),
        sa.Column("session_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("told_at", lms.db.Moment(), nullable=False),
        sa.Column("voided_at", lms.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "mark_id"], ["mark.organisation_id", "mark.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "statement_id"),
    )
    op.create_index("told_mark_of_person", "told_mark", ["organisation_id", "session_id", "participant_id"])
    op.create_table(
        "attended_to_take",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("statement_id", IDENTITY, nullable=False),
        sa.Column("taken_at", lms.db.Moment(), nullable=True),
        sa.Column("mark_id", IDENTITY, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "statement_id"),
    )
    op.create_index("attended_to_take_waiting", "attended_to_take", ["organisation_id", "taken_at"])


def downgrade() -> None:
    op.drop_table("attended_to_take")
    op.drop_table("told_mark")
    op.drop_table("mark_to_tell")
    op.drop_table("leave_note_reading")
    op.drop_table("leave_note")
    op.drop_table("leave_request")
    op.drop_table("check_in_claim")
    op.drop_table("check_in")
    op.drop_table("attendance_warning")
    op.drop_table("live_presence")
    op.drop_table("mark_dispute")
    op.drop_table("contested_mark")
    op.drop_table("register_event")
    op.drop_table("session_register")
    op.drop_table("attendance_rules")
    op.drop_table("calendar_feed")
    op.drop_table("session_change")
    op.drop_table("session_facilitator")
    # The version before knows two sources.
    op.execute("UPDATE mark SET source = 'register' WHERE source NOT IN ('register', 'import')")
    with op.batch_alter_table("mark") as batch_op:
        batch_op.drop_constraint("mark_source", type_="check")
        batch_op.create_check_constraint("mark_source", "source IN ('register', 'import')")
        for name in ("source_name", "device_id", "device", "skew_ms", "made_at"):
            batch_op.drop_column(name)
    with op.batch_alter_table("classroom_session") as batch_op:
        for name in ("changed_at", "revision", "cancel_reason", "cancelled_at", "room"):
            batch_op.drop_column(name)
