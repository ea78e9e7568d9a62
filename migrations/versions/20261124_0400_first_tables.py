"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "organisation",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_account", sa.Boolean(), nullable=False),
        sa.Column("match_home_pages", sa.Text(), nullable=False),
        sa.Column("match_mbox", sa.Boolean(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "setup_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("id = 1", name="setup_code_single"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "agent",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("home_page", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("first_stored", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('account', 'mbox', 'mbox_sha1sum', 'openid')", name="agent_kind"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.create_index("agent_by_value", ["organisation_id", "kind", "value_key"], unique=False)

    op.create_table(
        "mail",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("sent_at", lms.db.Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", lms.db.Moment(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index("mail_due", ["organisation_id", "next_try_at"], unique=False)

    op.create_table(
        "participant",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("identifier_folded", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_folded", sa.Text(), nullable=True),
        sa.Column("email_sha1", sa.String(length=40), nullable=True),
        sa.Column("email_folded_sha1", sa.String(length=40), nullable=True),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "email_folded", name="participant_email_once"),
        sa.UniqueConstraint("organisation_id", "identifier_folded", name="participant_identifier_once"),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(
            "participant_by_email_folded_sha1", ["organisation_id", "email_folded_sha1"], unique=False
        )
        batch_op.create_index("participant_by_email_sha1", ["organisation_id", "email_sha1"], unique=False)

    op.create_table(
        "sign_in_failure",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "name_key"),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index("sign_in_failure_by_age", ["organisation_id", "last_at"], unique=False)

    op.create_table(
        "statement",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.Column("verb_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("actor_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("registration", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("target_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("voids", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("credential_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(
            "statement_by_registration", ["organisation_id", "registration", "stored", "id"], unique=False
        )
        batch_op.create_index("statement_by_target", ["organisation_id", "target_id"], unique=False)
        batch_op.create_index("statement_by_verb", ["organisation_id", "verb_key", "stored", "id"], unique=False)
        batch_op.create_index("statement_order", ["organisation_id", "stored", "id"], unique=False)

    op.create_table(
        "account",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_folded", sa.Text(), nullable=True),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("last_sign_in_at", lms.db.Moment(), nullable=True),
        sa.CheckConstraint("(role = 'participant') = (participant_id IS NOT NULL)", name="account_of_participant"),
        sa.CheckConstraint(
            "role IN ('admin', 'manager', 'facilitator', 'auditor', 'participant')", name="account_role"
        ),
        sa.CheckConstraint("email IS NOT NULL OR participant_id IS NOT NULL", name="account_reachable"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["participant.organisation_id", "participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "email_folded", name="account_email_once"),
        sa.UniqueConstraint("organisation_id", "participant_id", name="account_participant_once"),
    )
    op.create_table(
        "evidence",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("score", lms.db.ExactDecimal(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("occurred_at", lms.db.Moment(), nullable=True),
        sa.Column("recorded_at", lms.db.Moment(), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('module', 'session', 'assessment')", name="evidence_kind"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["participant.organisation_id", "participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "source", "source_id", "unit"),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("evidence_by_participant", ["organisation_id", "participant_id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["statement.organisation_id", "statement.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("inbox_queue", ["organisation_id", "parked", "id"], unique=False)

    op.create_table(
        "statement_activity",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.Column("statement_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["statement.organisation_id", "statement.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "activity_key", "stored", "statement_id"),
    )
    op.create_table(
        "statement_agent",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.Column("statement_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["statement.organisation_id", "statement.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "agent_key", "stored", "statement_id"),
    )
    op.create_table(
        "waiting",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("agent_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("activity_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("iri", sa.Text(), nullable=True),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("reason IN ('person', 'module')", name="waiting_reason"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["statement.organisation_id", "statement.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "statement_id"),
    )
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.create_index("waiting_by_activity", ["organisation_id", "reason", "activity_key"], unique=False)
        batch_op.create_index("waiting_by_agent", ["organisation_id", "reason", "agent_key"], unique=False)

    op.create_table(
        "credential",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("created_by", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("expires_at", lms.db.Moment(), nullable=True),
        sa.Column("revoked_at", lms.db.Moment(), nullable=True),
        sa.Column("last_used_at", lms.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "key", name="credential_key_once"),
    )
    op.create_table(
        "invitation",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.Column("expires_at", lms.db.Moment(), nullable=False),
        sa.Column("used_at", lms.db.Moment(), nullable=True),
        sa.CheckConstraint("purpose IN ('invite', 'reset')", name="invitation_purpose"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "token_hash", name="invitation_token_once"),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index("invitation_of_account", ["organisation_id", "account_id"], unique=False)

    op.create_table(
        "participant_agent",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("matched_by", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("matched_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "matched_by"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["participant.organisation_id", "participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "agent_key"),
    )
    op.create_table(
        "programme_version",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("published_at", lms.db.Moment(), nullable=False),
        sa.Column("published_by", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.CheckConstraint("version >= 1", name="programme_version_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "published_by"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "code", "version", name="programme_version_once"),
    )
    op.create_table(
        "cohort",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column(
            "programme_version_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", lms.db.Moment(), nullable=False),
        sa.Column("ends_at", lms.db.Moment(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("created_at", lms.db.Moment(), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="cohort_ends_after_start"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"],
            ["programme_version.organisation_id", "programme_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "code", name="cohort_code_once"),
    )
    op.create_table(
        "programme_module",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column(
            "programme_version_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"],
            ["programme_version.organisation_id", "programme_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "iri", "programme_version_id"),
    )
    op.create_table(
        "cohort_group",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id"],
            ["cohort.organisation_id", "cohort.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "cohort_id", "id", name="cohort_group_of_cohort"),
        sa.UniqueConstraint("organisation_id", "cohort_id", "name", name="cohort_group_once"),
    )
    op.create_table(
        "cohort_target",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("figure", lms.db.Hundredths(), nullable=False),
        sa.CheckConstraint("figure BETWEEN 0 AND 10000", name="cohort_target_range"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id"],
            ["cohort.organisation_id", "cohort.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "cohort_id", "path"),
    )
    op.create_table(
        "classroom_session",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", lms.db.Moment(), nullable=False),
        sa.Column("ends_at", lms.db.Moment(), nullable=False),
        sa.Column("jp", lms.db.ExactDecimal(), nullable=False),
        sa.Column("group_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="classroom_session_ends_after_start"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "group_id"],
            ["cohort_group.organisation_id", "cohort_group.cohort_id", "cohort_group.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id"],
            ["cohort.organisation_id", "cohort.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "cohort_id", "code", name="classroom_session_once"),
    )
    op.create_table(
        "enrolment",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("group_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "group_id"],
            ["cohort_group.organisation_id", "cohort_group.cohort_id", "cohort_group.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id"],
            ["cohort.organisation_id", "cohort.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["participant.organisation_id", "participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "cohort_id", "participant_id"),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("enrolment_by_participant", ["organisation_id", "participant_id"], unique=False)

    op.create_table(
        "facilitator_group",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("group_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_id"],
            ["cohort_group.organisation_id", "cohort_group.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "account_id", "group_id"),
    )
    op.create_table(
        "assessment_entry",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("score", lms.db.ExactDecimal(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("dated_at", lms.db.Moment(), nullable=True),
        sa.Column("recorded_at", lms.db.Moment(), nullable=False),
        sa.Column("recorded_by", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.CheckConstraint("source IN ('grid', 'import')", name="assessment_source"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "recorded_by"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("assessment_entry", schema=None) as batch_op:
        batch_op.create_index(
            "assessment_history",
            ["organisation_id", "cohort_id", "path", "participant_id", "recorded_at", "id"],
            unique=False,
        )

    op.create_table(
        "mark",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("session_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", lms.db.Moment(), nullable=False),
        sa.Column("recorded_by", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=True),
        sa.CheckConstraint("source IN ('register', 'import')", name="mark_source"),
        sa.CheckConstraint("minutes_late IS NULL OR minutes_late >= 0", name="mark_minutes_late"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["participant.organisation_id", "participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "recorded_by"],
            ["account.organisation_id", "account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"],
            ["classroom_session.organisation_id", "classroom_session.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.create_index(
            "mark_history", ["organisation_id", "session_id", "participant_id", "recorded_at", "id"], unique=False
        )

    op.create_table(
        "result",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("so_far", lms.db.Hundredths(), nullable=True),
        sa.Column("of_all", lms.db.Hundredths(), nullable=True),
        sa.Column("best_possible", lms.db.Hundredths(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("completion", lms.db.Hundredths(), nullable=True),
        sa.Column("absent_sessions", sa.Integer(), nullable=False),
        sa.Column("absent_jp", lms.db.ExactDecimal(), nullable=False),
        sa.Column("absent_days", sa.Integer(), nullable=False),
        sa.Column("outstanding", sa.Integer(), nullable=False),
        sa.Column("predicate", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("folded_at", lms.db.Moment(), nullable=False),
        sa.Column("valid_until", lms.db.Moment(), nullable=True),
        sa.CheckConstraint("status IN ('in_progress', 'eligible', 'review')", name="result_status"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "cohort_id", "participant_id"),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index("result_by_validity", ["organisation_id", "cohort_id", "valid_until"], unique=False)

    op.create_table(
        "result_component",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("participant_id", sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("so_far", lms.db.Hundredths(), nullable=True),
        sa.Column("of_all", lms.db.Hundredths(), nullable=True),
        sa.Column("best_possible", lms.db.Hundredths(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["result.organisation_id", "result.cohort_id", "result.participant_id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "cohort_id", "participant_id", "path"),
    )


def downgrade() -> None:

    op.drop_table("result_component")
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.drop_index("result_by_validity")

    op.drop_table("result")
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.drop_index("mark_history")

    op.drop_table("mark")
    with op.batch_alter_table("assessment_entry", schema=None) as batch_op:
        batch_op.drop_index("assessment_history")

    op.drop_table("assessment_entry")
    op.drop_table("facilitator_group")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("enrolment_by_participant")

    op.drop_table("enrolment")
    op.drop_table("classroom_session")
    op.drop_table("cohort_target")
    op.drop_table("cohort_group")
    op.drop_table("programme_module")
    op.drop_table("cohort")
    op.drop_table("programme_version")
    op.drop_table("participant_agent")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index("invitation_of_account")

    op.drop_table("invitation")
    op.drop_table("credential")
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.drop_index("waiting_by_agent")
        batch_op.drop_index("waiting_by_activity")

    op.drop_table("waiting")
    op.drop_table("statement_agent")
    op.drop_table("statement_activity")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index("inbox_queue")

    op.drop_table("inbox")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("evidence_by_participant")

    op.drop_table("evidence")
    op.drop_table("account")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index("statement_order")
        batch_op.drop_index("statement_by_verb")
        batch_op.drop_index("statement_by_target")
        batch_op.drop_index("statement_by_registration")

    op.drop_table("statement")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index("sign_in_failure_by_age")

    op.drop_table("sign_in_failure")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index("participant_by_email_sha1")
        batch_op.drop_index("participant_by_email_folded_sha1")

    op.drop_table("participant")
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("mail_due")

    op.drop_table("mail")
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_index("agent_by_value")

    op.drop_table("agent")
    op.drop_table("setup_code")
    op.drop_table("organisation")
