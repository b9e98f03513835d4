"""Scores and ranks as they are and as they would be, for the terminal."""

import pandas as pd
from rich.table import Table

from ops_platform.reporting import formats, words


def what_if_table(then: pd.DataFrame, offices: pd.DataFrame, title: str) -> Table:
    """Return the offices with score and rank, as they are and as they would be, best first as they would be.

    Parameters
    ----------
    then
        Result of `ops_platform.kpi.change.what_if`.
    """
    names = {row["office_id"]: formats.two(str(row["office_name"]), formats.text(row, "office_name_en"))
             for row in formats.records(offices)}  # fmt: skip
    table = Table(title=title)
    table.add_column(formats.two(*words.word("office")))
    for key in ("score", "rank", "score_then", "rank_then"):
        table.add_column(formats.two(*words.word(key)), justify="right")
    for row in formats.records(then.sort_values(["rank_then", "office_id"])):
        numbers = [f"{row['score']:.1f}", f"{row['rank']:.0f}", f"{row['score_then']:.1f}", f"{row['rank_then']:.0f}"]
        changed = abs(row["score_then"] - row["score"]) > 1e-9  # noqa: PLR2004 - more than the last bits
        table.add_row(names.get(row["office_id"], str(row["office_id"])), *numbers, style="bold" if changed else "")
    return table
