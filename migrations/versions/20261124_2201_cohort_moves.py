"""cohort moves

A cohort may go to another version of its programme; who moved it, when and why is kept.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
VERSION = ["programme_version.organisation_id", "programme_version.id"]


def upgrade() -> None:
    op.create_table(
        "cohort_move",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("from_version_id", IDENTITY, nullable=False),
        sa.Column("to_version_id", IDENTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", lms.db.Moment(), nullable=False),
        sa.Column("moved_by", IDENTITY, nullable=True),
        sa.CheckConstraint("reason <> ''", name="cohort_move_reason"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "from_version_id"], VERSION),
        sa.ForeignKeyConstraint(["organisation_id", "to_version_id"], VERSION),
        sa.ForeignKeyConstraint(["organisation_id", "moved_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("cohort_move_of_cohort", "cohort_move", ["organisation_id", "cohort_id", "moved_at", "id"])


def downgrade() -> None:
    op.drop_index("cohort_move_of_cohort", table_name="cohort_move")
    op.drop_table("cohort_move")
