"""overrides

A manager decides what a unit of a participant comes to, with a reason.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SAYS = (
    "(kind = 'module' AND done IS NOT NULL AND status IS NULL)"
    " OR (kind = 'session' AND status IS NOT NULL AND score IS NULL AND done IS NULL)"
    " OR (kind = 'assessment' AND score IS NOT NULL AND done IS NULL AND status IS NULL)"
)
WITHDRAWN = "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_reason = '')"


def upgrade() -> None:
    """Add the table of overrides."""
    op.create_table(
        "unit_override",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("score", lms.db.ExactDecimal(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("before_score", lms.db.ExactDecimal(), nullable=True),
        sa.Column("before_done", sa.Boolean(), nullable=True),
        sa.Column("before_status", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", lms.db.Moment(), nullable=False),
        sa.Column("made_by", IDENTITY, nullable=False),
        sa.Column("withdrawn_at", lms.db.Moment(), nullable=True),
        sa.Column("withdrawn_by", IDENTITY, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(SAYS, name="unit_override_says"),
        sa.CheckConstraint(WITHDRAWN, name="unit_override_withdrawn"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        sa.ForeignKeyConstraint(["organisation_id", "made_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "withdrawn_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(
        "unit_override_of_participant",
        "unit_override",
        ["organisation_id", "cohort_id", "participant_id", "made_at"],
    )


def downgrade() -> None:
    """Take it away, and what is evidence by it; the figures follow when they are folded next."""
    op.execute("DELETE FROM evidence WHERE source = 'override'")
    op.drop_table("unit_override")
