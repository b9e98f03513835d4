"""Complaints about the network as people read them: the queue, the places, and where the counters show nothing."""

import pandas as pd

from ops_platform.contracts.base import Column
from ops_platform.contracts.reviews import COUNTERS_SAY
from ops_platform.contracts.service import COMPLAINTS
from ops_platform.facts import Facts
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview

MOST_PLACES, MOST_QUEUED = 30, 100
_PLACES = ["place", "office", "site", "cause", "complaints", "customers", "priority", "repeats", "open", "counters",
           "evidence", "next_step"]  # fmt: skip
_QUEUE = ["complaint_id", "office", "customer_class", "cause", "received_at", "limit_at", "minutes_left",
          "customer_times", "place_times", "together", "place", "cell"]  # fmt: skip


def places(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the places with most complaints in Markdown."""
    return frame_preview(_named(rows, facts)[_PLACES], facts.zone, rows=MOST_PLACES)


def silent_places(rows: pd.DataFrame, facts: Facts, least: int) -> str:
    """Return, in Markdown, the places with so many complaints of a cause, or more, of which counters show nothing."""
    alone = rows[(rows["counters"] == "silent") & (rows["complaints"] >= least)]
    return frame_preview(_named(alone, facts)[_PLACES], facts.zone, rows=MOST_PLACES)


def queue(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the open complaints in Markdown, in the order in which they are to be handled; without customers."""
    return frame_preview(_named(rows, facts)[_QUEUE], facts.zone, rows=MOST_QUEUED)


def _named(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    places = facts.whole("settlements").set_index("settlement_id")["settlement_name"]
    sites, cells = (facts.whole(name).set_index(key)[label] for name, key, label in (
        ("sites", "site_id", "site_name"), ("cells", "cell_id", "cell_name")))  # fmt: skip
    named = rows.assign(
        office=rows["office_id"].map(formats.named_offices(facts.whole("offices"))),
        site=rows["site_id"].map(sites),
        cause=[_word(COMPLAINTS.column("cause"), cause) for cause in rows["cause"]],
    )
    if "place_id" in rows:
        return named.assign(
            place=rows["place_id"].map(places).fillna(rows["place_id"].map(sites)),
            counters=[formats.two(COUNTERS_SAY[said], said) for said in rows["counters"]],
            evidence=rows["evidence_zh"] + " / " + rows["evidence_en"],
            next_step=rows["next_step_zh"] + " / " + rows["next_step_en"],
        )
    return named.assign(
        place=rows["settlement_id"].map(places),
        cell=rows["cell_id"].map(cells),
        customer_class=[_word(COMPLAINTS.column("customer_class"), word) for word in rows["customer_class"]],
    )


def _word(column: Column, value: str) -> str:
    return formats.two(column.words[value][0], value.replace("_", " "))
