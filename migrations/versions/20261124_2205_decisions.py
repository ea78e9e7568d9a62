"""decisions

What people decide about participants at the end of a cohort, on what grounds and from which figures.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("outcome = 'not_passed' AND seconded_at IS NULL AND ended_at IS NULL")
SECONDED = (
    "(seconded_at IS NULL) = (seconded_by IS NULL)"
    " AND (seconded_by IS NULL OR (outcome = 'not_passed' AND seconded_by <> made_by AND ended_at IS NULL))"
)
ENDED = (
    "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_reason = '')"
    " AND (ended_at IS NULL OR outcome = 'not_passed')"
)
PERSON = ("organisation_id", "cohort_id", "participant_id")


def upgrade() -> None:
    """Add the table of decisions."""
    op.create_table(
        "decision",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("programme_version_id", IDENTITY, nullable=False),
        sa.Column("so_far", lms.db.Hundredths(), nullable=True),
        sa.Column("of_all", lms.db.Hundredths(), nullable=True),
        sa.Column("best_possible", lms.db.Hundredths(), nullable=True),
        sa.Column("predicate", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("outstanding", sa.Integer(), nullable=False),
        sa.Column("made_at", lms.db.Moment(), nullable=False),
        sa.Column("made_by", IDENTITY, nullable=False),
        sa.Column("seconded_at", lms.db.Moment(), nullable=True),
        sa.Column("seconded_by", IDENTITY, nullable=True),
        sa.Column("ended_at", lms.db.Moment(), nullable=True),
        sa.Column("ended_by", IDENTITY, nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('passed', 'deferred', 'not_passed', 'withdrawn')", name="decision_outcome"),
        sa.CheckConstraint("status IN ('in_progress', 'eligible', 'review')", name="decision_status"),
        sa.CheckConstraint("(deadline IS NOT NULL) = (outcome = 'deferred')", name="decision_deadline"),
        sa.CheckConstraint("outcome = 'passed' OR length(grounds) >= 10", name="decision_grounds"),
        sa.CheckConstraint(SECONDED, name="decision_seconded_by_another"),
        sa.CheckConstraint(ENDED, name="decision_ended"),
        sa.ForeignKeyConstraint(PERSON, [f"enrolment.{name}" for name in PERSON]),
        sa.ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
        *(
            sa.ForeignKeyConstraint(["organisation_id", column], ["account.organisation_id", "account.id"])
            for column in ("made_by", "seconded_by", "ended_by")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("decision_of_participant", "decision", [*PERSON, "made_at"])
    op.create_index("decision_waits_once", "decision", PERSON, unique=True, postgresql_where=WAITS, sqlite_where=WAITS)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("decision")
