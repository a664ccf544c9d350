"""Recipients that are e-mail addresses, how a text is read out in a call, and what look-ups found.

On SQLite `messages` is written anew, once: it cannot widen a column in place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("messages") as batch_op:
        batch_op.alter_column(
            "recipient",
            existing_type=sa.String(length=15),
            type_=sa.String(length=254),
            existing_nullable=False,
        )
        batch_op.add_column(sa.Column("speech", sa.Text(), nullable=True))
    op.add_column("parked", sa.Column("lookup", sa.Text(), nullable=True))
    op.create_table(
        "lookups",
        sa.Column("message_id", _ID, autoincrement=False, nullable=False),
        sa.Column("imsi", sa.Text(), nullable=False),
        sa.Column("msc", sa.Text(), nullable=False),
        sa.Column("mcc", sa.Text(), nullable=False),
        sa.Column("mnc", sa.Text(), nullable=False),
        sa.Column("cn", sa.Text(), nullable=False),
        sa.Column("net", sa.Text(), nullable=False),
        sa.Column("rcn", sa.Text(), nullable=False),
        sa.Column("rnet", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
