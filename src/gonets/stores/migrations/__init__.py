"""Alembic's scripts: how a store of an earlier version becomes one of today's."""
