"""What a part costs through a connector, and what each part that was taken did cost."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "costs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connector", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.String(length=15), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connector", "channel", "prefix", name="costs_prefix"),
    )
    op.add_column("parts", sa.Column("cost", sa.BigInteger()))
    op.add_column("parts", sa.Column("cost_currency", sa.String(length=3)))
