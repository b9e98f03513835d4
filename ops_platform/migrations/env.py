"""Alembic's entry: runs the migrations on the connection that `State.migrate` hands over."""

from alembic import context

from ops_platform.state import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
