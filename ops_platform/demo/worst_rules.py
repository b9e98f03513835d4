"""Which cells truly meet which worst-cell rule, from the counters as they were drawn."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ops_platform.demo.radio import CellDays

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
HOUR = 3_600
SEIZURES, TIMES, WITHIN = 20, 3, 5


def rules_met(channels: Ints, days: "CellDays") -> dict[str, Flags]:
    """Return for each rule (a) to (e) which cells meet it.

    Parameters
    ----------
    channels
        Of each cell.
    days
        The month's sums.
    """
    total = {name: values.sum(axis=1) for name, values in days.busy.items()}
    count = days.usable.sum(axis=1)
    drops, traffic = total["drops"], total["traffic_chs"]
    starts = total["tch_seizures"] + total["handovers_in"]
    line_seconds = HOUR * channels * count
    over_3_pct = drops * 100 > 3 * starts
    middling = (traffic * 10 >= line_seconds) & (traffic * 10 <= 6 * line_seconds)
    congested = total["tch_overflows"] * 100 > 5 * total["tch_attempts"]
    found = {
        "a": middling & (drops > 3 * count) & over_3_pct,
        "b": over_3_pct,
        "c": (traffic * 2 > 5 * HOUR * count) & (drops * 200 > 5 * starts),
        "d": _three_in_five_hours(days),
        "e": (traffic * 100 > 12 * line_seconds) & (over_3_pct | congested),
    }
    return {rule: met & (count > 0) for rule, met in found.items()}


def _three_in_five_hours(days: "CellDays") -> Flags:
    sums = {name: values.reshape(len(values), -1) for name, values in days.hours.items()}
    met = (sums["tch_seizures"] > SEIZURES) & (sums["drops"] * 100 > 2 * (sums["tch_seizures"] + sums["handovers_in"]))
    stretches = np.lib.stride_tricks.sliding_window_view(met.astype(np.int64), WITHIN, axis=1).sum(axis=2)
    often: Flags = (stretches >= TIMES).any(axis=1)
    return often
