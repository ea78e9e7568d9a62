"""complete record store

One narrow table of links in place of two, references that need no recursion to be searched, documents, attachments,
activities, and how far imports have come.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FOREIGN = {"fk": "%(table_name)s_%(column_0_N_name)s_fkey"}
IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.LargeBinary(length=16)
SHOWN = {"postgresql_where": sa.text("voided IS false"), "sqlite_where": sa.text("voided IS 0")}
HIDDEN = {"postgresql_where": sa.text("voided IS true"), "sqlite_where": sa.text("voided IS 1")}
GIVEN = {name: sa.text(f"{name} IS NOT NULL") for name in ("registration", "target_id")}

CHAINS = """
    WITH RECURSIVE chain (organisation_id, stored, statement_id, target_id, steps) AS (
        SELECT organisation_id, stored, id, target_id, 1 FROM statement WHERE target_id IS NOT NULL
        UNION
        SELECT chain.organisation_id, chain.stored, chain.statement_id, statement.target_id, chain.steps + 1
        FROM chain JOIN statement
            ON statement.organisation_id = chain.organisation_id AND statement.id = chain.target_id
        WHERE statement.target_id IS NOT NULL AND chain.steps < 30
    )
    INSERT INTO statement_reference (organisation_id, key, role, stored, statement_id, target_id)
"""
OF_LINKS = """
    SELECT DISTINCT chain.organisation_id, link.key, link.role, chain.stored, chain.statement_id, chain.target_id
    FROM chain JOIN statement_link AS link
        ON link.organisation_id = chain.organisation_id AND link.statement_id = chain.target_id
    WHERE chain.statement_id <> chain.target_id
"""
OF_COLUMNS = """
    SELECT DISTINCT chain.organisation_id, {key}, {role}, chain.stored, chain.statement_id, chain.target_id
    FROM chain JOIN statement AS target
        ON target.organisation_id = chain.organisation_id AND target.id = chain.target_id
    WHERE {key} IS NOT NULL AND chain.statement_id <> chain.target_id
"""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _links()
    for table, agents in (("statement_agent", True), ("statement_activity", False)):
        key, role = ("agent_key", "role") if agents else ("activity_key", "role + 2")
        op.execute(
            "INSERT INTO statement_link (organisation_id, key, role, stored, statement_id) "
            f"SELECT organisation_id, {key}, {role}, stored, statement_id FROM {table}"
        )
        op.drop_table(table)
    _references()
    registration = "target.registration" if is_sqlite else "uuid_send(target.registration)"
    op.execute(CHAINS + OF_LINKS)
    op.execute(CHAINS + OF_COLUMNS.format(key="target.verb_key", role=4))
    op.execute(CHAINS + OF_COLUMNS.format(key=registration, role=5))
    with op.batch_alter_table("statement", naming_convention=FOREIGN) as batch_op:
        batch_op.drop_constraint("statement_organisation_id_fkey", type_="foreignkey")
        batch_op.drop_index("statement_by_registration")
        batch_op.drop_index("statement_by_target")
        batch_op.drop_index("statement_order")
    with op.batch_alter_table("inbox", naming_convention=FOREIGN) as batch_op:
        batch_op.drop_constraint("inbox_organisation_id_statement_id_fkey", type_="foreignkey")
    _indexes()
    _documents()
    _imports()


def _links() -> None:
    op.create_table(
        "statement_link",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.Column("statement_id", IDENTITY, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key", "role", "stored", "statement_id"),
    )


def _references() -> None:
    op.create_table(
        "statement_reference",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.Column("statement_id", IDENTITY, nullable=False),
        sa.Column("target_id", IDENTITY, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key", "role", "stored", "statement_id", "target_id"),
    )


def _indexes() -> None:
    by_registration = ["organisation_id", "registration", "stored", "id"]
    for name, columns, given in (
        ("statement_by_registration", by_registration, GIVEN["registration"]),
        ("statement_by_target", ["organisation_id", "target_id"], GIVEN["target_id"]),
    ):
        op.create_index(name, "statement", columns, postgresql_where=given, sqlite_where=given)
    op.create_index("statement_order", "statement", ["organisation_id", "stored", "id"], **SHOWN)
    op.create_index("statement_voided", "statement", ["organisation_id", "stored", "id"], **HIDDEN)
    op.create_index("statement_by_credential", "statement", ["organisation_id", "credential_id", "stored", "id"])


def _documents() -> None:
    op.create_table(
        "activity",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("updated_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )
    op.create_table(
        "document",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("activity_key", KEY, nullable=False),
        sa.Column("agent_key", KEY, nullable=False),
        sa.Column("registration_key", KEY, nullable=False),
        sa.Column("document_key", KEY, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha1", sa.LargeBinary(length=20), nullable=False),
        sa.Column("updated_at", lms.db.Moment(), nullable=False),
        sa.Column("credential_id", IDENTITY, nullable=True),
        sa.CheckConstraint("kind IN ('state', 'activity', 'agent')", name="document_kind"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint(
            "organisation_id", "kind", "activity_key", "agent_key", "registration_key", "document_key"
        ),
    )
    op.create_table(
        "attachment",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "sha2"),
    )


def _imports() -> None:
    op.create_table(
        "statement_import",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("file_key", KEY, nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", lms.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "file_key"),
    )


def downgrade() -> None:
    for table in ("statement_import", "attachment", "document", "activity"):
        op.drop_table(table)
    op.drop_index("statement_voided", table_name="statement")
    op.drop_index("statement_by_credential", table_name="statement")
    with op.batch_alter_table("statement") as batch_op:
        batch_op.drop_index("statement_by_target")
        batch_op.drop_index("statement_by_registration")
        batch_op.drop_index("statement_order")
        batch_op.create_index("statement_order", ["organisation_id", "stored", "id"])
        batch_op.create_foreign_key("statement_organisation_id_fkey", "organisation", ["organisation_id"], ["id"])
        batch_op.create_index("statement_by_registration", ["organisation_id", "registration", "stored", "id"])
        batch_op.create_index("statement_by_target", ["organisation_id", "target_id"])
    with op.batch_alter_table("inbox") as batch_op:
        batch_op.create_foreign_key(
            "inbox_organisation_id_statement_id_fkey",
            "statement",
            ["organisation_id", "statement_id"],
            ["organisation_id", "id"],
        )
    for table, key, roles in (
        ("statement_agent", "agent_key", (0, 1)),
        ("statement_activity", "activity_key", (2, 3)),
    ):
        op.create_table(
            table,
            sa.Column("organisation_id", ORGANISATION, nullable=False),
            sa.Column(key, KEY, nullable=False),
            sa.Column("stored", lms.db.Moment(), nullable=False),
            sa.Column("statement_id", IDENTITY, nullable=False),
            sa.Column("role", sa.SmallInteger(), nullable=False),
            sa.ForeignKeyConstraint(
                ["organisation_id", "statement_id"], ["statement.organisation_id", "statement.id"]
            ),
            sa.PrimaryKeyConstraint("organisation_id", key, "stored", "statement_id"),
        )
        op.execute(
            f"INSERT INTO {table} (organisation_id, {key}, stored, statement_id, role) "
            f"SELECT organisation_id, key, stored, statement_id, MIN(role) - {roles[0]} FROM statement_link "
            f"WHERE role IN {roles} GROUP BY organisation_id, key, stored, statement_id"
        )
    op.drop_table("statement_reference")
    op.drop_table("statement_link")
