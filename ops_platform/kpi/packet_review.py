"""Packet data channels of GSM cells: what download speed to expect of them, and how many there should be.

House, but for the rates of the coding schemes (3GPP TS 43.064). A cell's packet data channels serve downloads as
servers that share their work: each phone takes a few channels at once, and where more phones load than there are
channels for, they wait their turn. By Erlang C that gives the mean number of downloads under way, and the volume over
it the speed.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day
from ops_platform.contracts.cells import CELL_DAYS, PACKET_REVIEW
from ops_platform.facts import Facts, as_rows
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.erlang import blocking
from ops_platform.kpi.worst_cells import GSM
from ops_platform.policy.cells import PacketPolicy

SCHEME_KBPS = {
    "CS-1": 9.05, "CS-2": 13.4, "CS-3": 15.6, "CS-4": 21.4, "MCS-1": 8.8, "MCS-2": 11.2, "MCS-3": 14.8, "MCS-4": 17.6,
    "MCS-5": 22.4, "MCS-6": 29.6, "MCS-7": 44.8, "MCS-8": 54.4, "MCS-9": 59.2,
}  # fmt: skip
"""Rate of one channel by coding scheme, of GPRS (CS) and EDGE (MCS)."""
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def expected_kbps(
    demand_kbps: npt.ArrayLike, channel_kbps: npt.ArrayLike, channels: npt.ArrayLike, slots: int
) -> Floats:
    """Return the download speed that a user can expect; nan where the channels cannot carry the demand.

    Parameters
    ----------
    demand_kbps
        Volume of all downloads in the busy hour over its time, kbit/s.
    channel_kbps
        Rate of one channel, kbit/s.
    channels
        Packet data channels.
    slots
        How many channels a phone takes at once.

    Notes
    -----
    Processor sharing by c = channels / slots servers (rounded down; one server of all channels where there are fewer),
    each of the speed of one phone: of A = demand / speed, A + C(c, A) x A / (c - A) downloads are under way, C being
    Erlang's.
    """
    demand, rate, has = np.broadcast_arrays(
        np.asarray(demand_kbps, float), np.asarray(channel_kbps, float), np.asarray(channels, np.int64)
    )
    servers = np.maximum(has // slots, 1)
    speed = rate * np.minimum(has, slots)
    offered = np.divide(demand, speed, out=np.full(demand.shape, np.inf), where=speed > 0)
    carried = offered < servers
    load = np.where(carried, offered, 0.0)
    lost = blocking(load, servers)
    waits = lost / (1 - load / servers * (1 - lost))
    under_way = load + waits * load / (servers - load)
    alone = np.where(load > 0, np.divide(load, under_way, out=np.ones_like(load), where=under_way > 0), 1.0)
    return np.where(carried, speed * alone, np.nan)


def packet_channels_needed(demand_kbps: npt.ArrayLike, channel_kbps: npt.ArrayLike, policy: PacketPolicy) -> Ints:
    """Return the fewest channels with which the target speed can be expected, at most the policy's; 0 where none do."""
    demand, rate = np.broadcast_arrays(np.asarray(demand_kbps, float), np.asarray(channel_kbps, float))
    found = np.zeros(demand.shape, np.int64)
    for channels in range(policy.most_channels, 0, -1):
        enough = expected_kbps(demand, rate, channels, policy.slots) >= policy.target_kbps
        found = np.where(enough, channels, found)
    return found


def packet_review(facts: Facts, month: str, policy: PacketPolicy) -> pa.Table:
    """Return the advice for every GSM cell of a month whose data traffic is known, the slowest first."""
    engine = facts.warehouse.connect()
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    days = CellRegister(facts).cell_days(engine, keys)
    days = days.filter(days.technology == GSM, days.dl_volume_kbit.notnull(), days.dl_time_ms.notnull())
    sums = days.group_by("cell_id", "site_id", "office_id", "staff_id").agg(
        days=days.count(),
        kbit=days.dl_volume_kbit.sum(),
        ms=days.dl_time_ms.sum(),
        attempts=days.busy_tch_attempts.sum(where=days.busy_tch_overflows.notnull()),
        overflows=days.busy_tch_overflows.sum(where=days.busy_tch_attempts.notnull()),
    )
    cells = engine.to_pyarrow(sums).to_pandas()
    register = facts.whole("cells")[["cell_id", "packet_channels", "edge"]]
    return as_rows(
        PACKET_REVIEW, _advised(cells.merge(register, on="cell_id"), policy).assign(month_on=first_day(month))
    )


def _advised(cells: pd.DataFrame, policy: PacketPolicy) -> pd.DataFrame:
    edge = cells["edge"].fillna(False).astype(bool)  # noqa: FBT003
    demand = cells["kbit"] / cells["days"] * policy.busy_share_pct / 100 / 3600
    rate = np.where(edge, SCHEME_KBPS[policy.edge_scheme], SCHEME_KBPS[policy.gprs_scheme])
    has = cells["packet_channels"].astype(float)
    now = pd.Series(expected_kbps(demand, rate, has.fillna(0), policy.slots), cells.index)
    needed = packet_channels_needed(demand, rate, policy)
    with_edge = packet_channels_needed(demand, SCHEME_KBPS[policy.edge_scheme], policy)
    wanted = pd.Series(np.where(needed > 0, needed, with_edge), cells.index)
    congested = 100 * cells["overflows"] > policy.congestion_over_pct * cells["attempts"]
    action = pd.Series("keep", cells.index)
    for name, holds in (
        ("reduce", congested & (needed > 0) & (needed < has)), ("add", needed > has),
        ("enable_edge", ~edge & (needed == 0) & (with_edge > 0)), ("split", (needed == 0) & (with_edge == 0)),
    ):  # fmt: skip
        action = action.mask(holds, name)
    action = action.mask(has.isna(), "unknown")
    rate_then = np.where(action == "enable_edge", SCHEME_KBPS[policy.edge_scheme], rate)
    # What keeps its channels keeps its speed; nothing is expected of channels that are not enough even at their most.
    then = pd.Series(expected_kbps(demand, rate_then, wanted, policy.slots), cells.index)
    changed = action.isin(["add", "reduce", "enable_edge"])
    return cells.assign(
        volume_mbyte_a_day=cells["kbit"] / cells["days"] / 8000,
        measured_kbps=1000 * cells["kbit"] / cells["ms"].where(cells["ms"] > 0),
        demand_kbps=demand,
        expected_kbps=now.where(has.notna()),
        channels_needed=wanted.where(wanted > 0),
        expected_then_kbps=then.where(changed, now.where(has.notna())),
        action=action,
    ).sort_values(
        ["expected_then_kbps", "expected_kbps", "demand_kbps", "cell_id"],
        ascending=[True, True, False, True],
        na_position="first",
    )
