"""What a route asks of a message beside its prefix."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("routes", sa.Column("conditions", sa.Text(), nullable=False, server_default="{}"))
