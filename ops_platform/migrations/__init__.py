"""Alembic migrations of the operational state."""
