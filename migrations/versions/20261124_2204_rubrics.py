"""rubrics

Assessments are rated by rubrics, by one assessor or several; what they come to is an entry like any other.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables of rubrics and ratings, and let entries come from them."""
    _sources("'grid', 'import', 'rubric'")
    _rubrics()
    _ratings()
    op.create_table(
        "rated_entry",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("entry_id", IDENTITY, nullable=False),
        sa.Column("rating_id", IDENTITY, nullable=False),
        sa.Column("rubric_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["assessment_entry.organisation_id", "assessment_entry.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rating_id"], ["rubric_rating.organisation_id", "rubric_rating.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rubric_id"], ["rubric_version.organisation_id", "rubric_version.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "rating_id"),
    )


def _rubrics() -> None:
    op.create_table(
        "rubric_version",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("set_at", lms.db.Moment(), nullable=False),
        sa.Column("set_by", IDENTITY, nullable=False),
        sa.CheckConstraint("version >= 1", name="rubric_version_number"),
        sa.CheckConstraint("rule IN ('mean', 'median', 'highest', 'lowest', 'latest')", name="rubric_version_rule"),
        sa.CheckConstraint("needed >= 1", name="rubric_version_needed"),
        sa.ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        sa.ForeignKeyConstraint(["organisation_id", "set_by"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "cohort_id", "path", "version", name="rubric_version_once"),
    )


def _ratings() -> None:
    op.create_table(
        "rubric_rating",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("cohort_id", IDENTITY, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("participant_id", IDENTITY, nullable=False),
        sa.Column("rubric_id", IDENTITY, nullable=False),
        sa.Column("assessor_id", IDENTITY, nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("rated_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rubric_id"], ["rubric_version.organisation_id", "rubric_version.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id", "assessor_id"], ["account.organisation_id", "account.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(
        "rubric_rating_history",
        "rubric_rating",
        ["organisation_id", "cohort_id", "path", "participant_id", "rated_at", "id"],
    )


def _sources(allowed: str) -> None:
    with op.batch_alter_table("assessment_entry", schema=None) as table:
        table.drop_constraint("assessment_source", type_="check")
        table.create_check_constraint("assessment_source", f"source IN ({allowed})")


def downgrade() -> None:
    """Take them away; entries that came of ratings stay, as scores that were entered."""
    for table in ("rated_entry", "rubric_rating", "rubric_version"):
        op.drop_table(table)
    op.execute("UPDATE assessment_entry SET source = 'grid' WHERE source = 'rubric'")
    _sources("'grid', 'import'")
