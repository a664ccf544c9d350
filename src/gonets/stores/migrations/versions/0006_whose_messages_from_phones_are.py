"""Messages from phones are put together, belong to accounts, and reach them; words by which phones ask for no more.

What was kept before waits to be put together like what comes from now on, and has no account until one is given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_WORDS = {
    "out": (
        "stop stopall unsubscribe unsub optout"
        " стоп отписка отписаться отписать отпишите отказ"
        " відписка відписатись відписатися відмова"
        " қатъ катъ бас ист"
    ),
    "in": (
        "start unstop subscribe optin"
        " старт подписка подписаться"
        " підписка підписатись підписатися"
        " оғоз огоз обуна"
    ),
}
"""English, Russian, Ukrainian, Tajik; the last also as it is typed without Tajik letters."""


def upgrade() -> None:
    op.add_column("inbound", sa.Column("first_id", _ID))
    op.add_column("inbound", sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text("UPDATE inbound SET waits = (1 = 1)"))
    _partial_index("inbound_parts", "inbound", "sender recipient reference total heard_at", "total > 1")
    _partial_index("inbound_waiting", "inbound", "heard_at", "waits")
    op.create_table(
        "said",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("connector", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=21), nullable=False),
        sa.Column("recipient", sa.String(length=21), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("binary", sa.Boolean(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("missing", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account_id", _ID),
        sa.Column("keyword", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _partial_index("said_unrouted", "said", "id", "account_id IS NULL")
    op.create_table(
        "numbers",
        sa.Column("number", sa.String(length=21), nullable=False),
        sa.Column("keyword", sa.String(length=64), nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("number", "keyword"),
    )
    words = op.create_table(
        "consent_words",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word"),
    )
    op.bulk_insert(
        words, [{"kind": kind, "word": word} for kind, all_of in _WORDS.items() for word in all_of.split()]
    )
    op.add_column("mailbox", sa.Column("said_id", _ID))
    _partial_index("mailbox_said", "mailbox", "account_id id", "said_id IS NOT NULL")


def _partial_index(name: str, table: str, columns: str, where: str) -> None:
    op.create_index(
        name, table, columns.split(), sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
