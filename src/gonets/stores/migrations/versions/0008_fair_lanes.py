"""A part knows its account, so that the accounts that wait in a lane take turns; a route how its links share it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "routes", sa.Column("strategy", sa.String(length=16), server_default="priority", nullable=False)
    )
    op.add_column("routes", sa.Column("weights", sa.Text(), server_default="[]", nullable=False))
    op.add_column("parts", sa.Column("account_id", _ID, server_default="0", nullable=False))
    op.execute(
        "UPDATE parts SET account_id = (SELECT account_id FROM messages WHERE messages.id = parts.message_id)"
    )
    op.drop_index("parts_queued", "parts")
    op.create_index(
        "parts_queued",
        "parts",
        ["route_id", "priority", "account_id", "id"],
        sqlite_where=sa.text("state = 20"),
        postgresql_where=sa.text("state = 20"),
    )
