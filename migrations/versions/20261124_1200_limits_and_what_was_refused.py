"""limits and what was refused

Credentials may be limited to homePages and activities; what was refused is kept; homePages that accounts came from are
noted. Those that are there already are taken to be known.

Revision ID: 0003
Revises: 0002
"""

from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IDENTITY = sa.Uuid().with_variant(lms.db.SqliteUuid(length=16), "sqlite")
ORGANISATION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.LargeBinary(length=16)


def upgrade() -> None:
    # The version before still adds credentials meanwhile, so the columns keep their defaults.
    with op.batch_alter_table("credential") as batch_op:
        batch_op.add_column(sa.Column("home_pages", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("activity_prefixes", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("refused_let_go", sa.Integer(), nullable=False, server_default="0"))
    _refused()
    _fill(_home_pages())


def _refused() -> None:
    op.create_table(
        "refused",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("credential_id", IDENTITY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("received_at", lms.db.Moment(), nullable=False),
        sa.Column("last_at", lms.db.Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("settled", sa.String(length=9), nullable=False),
        sa.Column("settled_at", lms.db.Moment(), nullable=True),
        sa.Column("settled_by", IDENTITY, nullable=True),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("settled IN ('', 'sent', 'dismissed')", name="refused_settled"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "credential_id"], ["credential.organisation_id", "credential.id"]
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "credential_id", "digest", name="refused_once"),
    )


def _home_pages() -> sa.Table:
    return op.create_table(
        "home_page",
        sa.Column("organisation_id", ORGANISATION, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("home_page", sa.Text(), nullable=False),
        sa.Column("first_stored", lms.db.Moment(), nullable=False),
        sa.Column("credential_id", IDENTITY, nullable=True),
        sa.Column("confirmed_at", lms.db.Moment(), nullable=True),
        sa.Column("confirmed_by", IDENTITY, nullable=True),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )


def _fill(home_page: sa.Table) -> None:
    agent = sa.table(
        "agent",
        sa.column("organisation_id", ORGANISATION),
        sa.column("home_page", sa.Text()),
        sa.column("first_stored", lms.db.Moment()),
    )
    seen = sa.select(
        agent.c.organisation_id,
        agent.c.home_page,
        sa.func.min(agent.c.first_stored, type_=lms.db.Moment()).label("first"),
        sa.func.count().label("accounts"),
    )
    seen = seen.where(agent.c.home_page.is_not(None)).group_by(agent.c.organisation_id, agent.c.home_page)
    rows = [
        {
            "organisation_id": row.organisation_id,
            "key": _key(row.home_page),
            "home_page": row.home_page,
            "first_stored": row.first,
            "confirmed_at": row.first,
            "accounts": row.accounts,
        }
        for row in op.get_bind().execute(seen)
    ]
    op.bulk_insert(home_page, rows)


def _key(home_page: str) -> bytes:
    digest = blake2b(digest_size=16)
    for part in ("home_page", home_page):
        digest.update(len(part.encode()).to_bytes(4, "big"))
        digest.update(part.encode())
    return digest.digest()


def downgrade() -> None:
    op.drop_table("home_page")
    op.drop_table("refused")
    with op.batch_alter_table("credential") as batch_op:
        batch_op.drop_column("refused_let_go")
        batch_op.drop_column("activity_prefixes")
        batch_op.drop_column("home_pages")
