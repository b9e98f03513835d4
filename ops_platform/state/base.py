"""What the tables of the operational state have in common."""

from datetime import UTC, datetime

import sqlalchemy as sa


class Moment(sa.types.TypeDecorator[datetime]):
    """A UTC moment that is aware on both sides, also on SQLite, which stores none."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC; a naive moment is a mistake."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        stored = value.astimezone(UTC) if value is not None else None
        return stored.replace(tzinfo=None) if stored is not None and dialect.name == "sqlite" else stored

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EMPTY = sa.text("''")
"""What the rows that were there before have in a column that was added."""
