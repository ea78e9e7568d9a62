"""appeals

Participants appeal against a unit within a window; their notes and the answers are kept beside it.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "appeal_window",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("opens_at", lms.db.Moment(), nullable=False),
        sa.Column("closes_at", lms.db.Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", IDENTITY, nullable=False),
        sa.Column("set_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name="appeal_window_closes_after_opening"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "set_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("appeal_window_of_cohort", "appeal_window", ["organisation_id", "cohort_id", "set_at"])
    op.create_table(
        "appeal",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stood_value", lms.db.ExactDecimal(), nullable=True),
        sa.Column("stood_status", sa.Text(), nullable=False),
        sa.Column("stood_done", sa.Boolean(), nullable=False),
        sa.Column("stood_by", IDENTITY, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('module', 'session', 'assessment')", name="appeal_kind"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="appeal_text"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id", "stood_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("appeal_of_cohort", "appeal", ["organisation_id", "cohort_id", "made_at"])
    op.create_index("appeal_of_participant", "appeal", ["organisation_id", "participant_id"])
    _threads()


def _threads() -> None:
    op.create_table(
        "appeal_answer",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("appeal_id", IDENTITY, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by", IDENTITY, nullable=False),
        sa.Column("answered_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("outcome IN ('upheld', 'rejected', 'asked_back')", name="appeal_answer_outcome"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="appeal_answer_text"),
        sa.ForeignKeyConstraint(["organisation_id", "answered_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "appeal_id"], ["appeal.organisation_id", "appeal.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("appeal_answer_of_appeal", "appeal_answer", ["organisation_id", "appeal_id"])
    _once("appeal_ended_once", "appeal_answer", "outcome <> 'asked_back'")
    op.create_table(
        "appeal_note",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("appeal_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('added', 'taken_back')", name="appeal_note_kind"),
        sa.CheckConstraint("kind = 'taken_back' OR length(text) BETWEEN 1 AND 2000", name="appeal_note_text"),
        sa.ForeignKeyConstraint(["organisation_id", "appeal_id"], ["appeal.organisation_id", "appeal.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("appeal_note_of_appeal", "appeal_note", ["organisation_id", "appeal_id"])
    _once("appeal_taken_back_once", "appeal_note", "kind = 'taken_back'")


def _once(name: str, table: str, condition: str) -> None:
    given = sa.text(condition)
    op.create_index(
        name, table, ["organisation_id", "appeal_id"], unique=True, postgresql_where=given, sqlite_where=given
    )


def downgrade() -> None:
    for table in ("appeal_note", "appeal_answer", "appeal", "appeal_window"):
        op.drop_table(table)
