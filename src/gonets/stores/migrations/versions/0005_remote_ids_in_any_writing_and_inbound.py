"""Remote ids are found however they are written, and messages from phones are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index("parts_remote", "parts")
    op.create_index(
        "parts_remote",
        "parts",
        [sa.text("lower(ltrim(remote_id, '0'))")],
        sqlite_where=sa.text("remote_id IS NOT NULL"),
        postgresql_where=sa.text("remote_id IS NOT NULL"),
    )
    op.add_column("parked", sa.Column("recipient", sa.String(length=21), server_default="", nullable=False))
    op.create_index(
        "parked_recipient",
        "parked",
        ["recipient"],
        sqlite_where=sa.text("recipient <> ''"),
        postgresql_where=sa.text("recipient <> ''"),
    )
    op.execute("UPDATE parked SET remote_id = lower(ltrim(remote_id, '0'))")
    op.create_table(
        "inbound",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connector", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=21), nullable=False),
        sa.Column("recipient", sa.String(length=21), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("binary", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
