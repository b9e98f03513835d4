"""What arrived and what was set aside, as small frames for people."""

from dataclasses import fields

import pandas as pd
import sqlalchemy as sa

from ops_platform.intake.quarantine import QuarantineCount, summary
from ops_platform.state import RECEIPT, State

RECENT = 30


def recent_receipts(state: State) -> pd.DataFrame:
    """Return the latest receipts, the newest first, with what was wrong with those that were refused."""
    columns = ("id", "file_name", "feed", "status", "rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate",
               "received_at", "finding")  # fmt: skip
    query = sa.select(*(RECEIPT.c[name] for name in columns)).order_by(RECEIPT.c.id.desc()).limit(RECENT)
    return pd.DataFrame(state.rows(query), columns=list(columns))


def open_quarantine(state: State) -> pd.DataFrame:
    """Return the rows set aside and not released, counted by feed, column and kind of reason, most rows first."""
    return pd.DataFrame(summary(state), columns=[field.name for field in fields(QuarantineCount)])


def unbalanced_receipts(state: State) -> pd.DataFrame:
    """Return the receipts whose rows were not all accounted for: accepted + quarantined + duplicate must be read."""
    told = RECEIPT.c.rows_accepted + RECEIPT.c.rows_quarantined + RECEIPT.c.rows_duplicate
    query = sa.select(RECEIPT).where(RECEIPT.c.status == "accepted", RECEIPT.c.rows_read != told)
    return pd.DataFrame(state.rows(query), columns=[column.name for column in RECEIPT.columns])
