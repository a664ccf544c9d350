"""Run by Alembic, within the one connection that `stores.database.migrate` gives."""

from alembic import context

from gonets.stores.schema import metadata

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()
