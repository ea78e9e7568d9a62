"""programme drafts

A programme that somebody is building, before it is published.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "programme_draft",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("created_by", IDENTITY, nullable=True),
        sa.Column("updated_at", lms.db.Moment(), nullable=False),
        sa.Column("updated_by", IDENTITY, nullable=True),
        sa.CheckConstraint("revision >= 1", name="programme_draft_revision"),
        sa.ForeignKeyConstraint(["organisation_id", "created_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "updated_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )


def downgrade() -> None:
    op.drop_table("programme_draft")
