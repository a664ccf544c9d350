"""Clients hear in three forms, and every call of theirs is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("push_kind", sa.String(16), server_default="mfms", nullable=False))
    op.add_column("accounts", sa.Column("push_fields", sa.Text(), server_default="[]", nullable=False))
    op.add_column("accounts", sa.Column("push_secret_sealed", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "push_attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first", _ID, nullable=False),
        sa.Column("last", _ID, nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("millis", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("push_attempts_account", "push_attempts", ["account_id", "id"])
