"""What a message's client wants to hear, parts that it made ready itself, and how many SMPP sessions an account has."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("smpp_binds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("smpp_window", sa.Integer(), server_default="100", nullable=False))
    op.add_column("messages", sa.Column("hears", sa.SmallInteger(), nullable=True))
    op.add_column("messages", sa.Column("header", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("octets", sa.Text(), nullable=True))
