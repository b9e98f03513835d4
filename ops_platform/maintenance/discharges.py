"""Past discharges of site batteries: how long each lasted, against how long it should have by design.

House definitions, stated in docs/definitions.md. Pure functions of frames, a policy and a moment.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.maintenance import intervals, power_clock
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.policy import PowerPolicy

COLUMNS = ("site_id", "began_at", "over_at", "log_ratio", "whole", "source")


def discharges(
    facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, policy: PowerPolicy, zone: ZoneInfo,
    now: datetime,
) -> pd.DataFrame:  # fmt: skip
    """Return the discharges of each site's present batteries that are known at a moment.

    Parameters
    ----------
    outages, site_outages
        Results of `generation.mains_outages` and `generation.site_outages` over the same facts.
    now
        The moment; a discharge that goes on has lasted at least until then.

    Returns
    -------
    pandas.DataFrame
        ``site_id``, ``began_at``, ``over_at`` (from when on it is known and the battery is charged again),
        ``log_ratio`` (of its duration to the design autonomy at its beginning), ``whole`` (else it lasted at least so
        long) and ``source`` (`outage` or `test`). Discharges of earlier batteries, of one that was not full, and of
        sites whose batteries are not known are left out.
    """
    parts = [_in_outages(facts, outages, site_outages, policy, now), _in_tests(facts, policy, zone)]
    found = pd.concat(parts, ignore_index=True).sort_values(["site_id", "began_at"], ignore_index=True)
    found = found[found["over_at"] <= pd.Timestamp(now)]
    charged = found["over_at"] + pd.Timedelta(policy.learning.recharge_h, "h")
    full = found["began_at"] >= charged.groupby(found["site_id"]).shift()
    alone = found["site_id"] != found["site_id"].shift()
    installed = found["site_id"].map(facts.sites.set_index("site_id")["battery_installed_on"])
    began_on = found["began_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    present = began_on >= pd.to_datetime(installed)
    known = (found["lasted_s"] > 0) & (found["design_s"] > 0)
    found = found[(full | alone) & present & known]
    return found.assign(log_ratio=np.log(found["lasted_s"] / found["design_s"]))[[*COLUMNS]].reset_index(drop=True)


def _in_outages(
    facts: PowerFacts, outages: pd.DataFrame, site_outages: pd.DataFrame, policy: PowerPolicy, now: datetime
) -> pd.DataFrame:
    """Return the discharges of mains outages: whole where the battery ran down before anything took the load."""
    work = facts.planned_work.rename(columns={"starts_at": "start", "ends_at": "end"})
    rows = outages[~intervals.covered(outages, work, "site_id", "failed_at")].reset_index(drop=True)
    by_power = site_outages["cause"] == "power"
    alarms = facts.alarms
    taken = pd.concat(
        [
            intervals.close_open(rows["restored_at"], now),
            _first(rows, site_outages[~by_power], "down_at"),
            _first(rows, facts.generator_runs, "started_at"),
            _first(rows, alarms[alarms["kind"] == "generator_running"], "raised_at"),
        ],
        axis=1,
    ).min(axis=1)
    empty = _first(rows, site_outages[by_power], "down_at")
    low = _first(rows, alarms[alarms["kind"] == "low_voltage"], "raised_at")
    carried_s = _seconds(taken - rows["failed_at"])
    by_alarm_s = _seconds(low - rows["failed_at"]) / policy.learning.low_voltage_share
    ran_dry = empty <= taken
    # A battery that outlasts what its low-voltage alarm foretold has lasted at least so long.
    ran_low = (low <= taken) & (by_alarm_s >= carried_s)
    lasted_s = np.select([ran_dry, ran_low], [_seconds(empty - rows["failed_at"]), by_alarm_s], carried_s)
    return pd.DataFrame(
        {
            "site_id": rows["site_id"],
            "began_at": rows["failed_at"],
            "over_at": intervals.close_open(rows["restored_at"], now),
            "lasted_s": lasted_s,
            "design_s": rows["autonomy_s"].astype("float64"),
            "whole": ran_dry | ran_low,
            "source": "outage",
        }
    )


def _in_tests(facts: PowerFacts, policy: PowerPolicy, zone: ZoneInfo) -> pd.DataFrame:
    """Return the discharges of tests, normalised to the site's load; whole where the cut-off was reached."""
    battery = facts.sites[
        ["site_id", "capacity_ah", "strings", "battery_installed_on", "temperature_c", "load_a", "lvd_v"]
    ]
    tests = facts.battery_tests.merge(battery, on="site_id", suffixes=("", "_site"))
    as_tested = tests.assign(lvd_v=tests["cut_off_v"].fillna(tests["lvd_v"]))
    load = tests["load_a"] / tests["load_a_site"].where(tests["load_a_site"] > 0)
    # By Peukert a test with a larger current falls short of what capacity over current says.
    faster = load ** (policy.learning.peukert - 1)
    design_s = power_clock.autonomy_s(as_tested, tests["tested_at"], policy, zone)
    return pd.DataFrame(
        {
            "site_id": tests["site_id"],
            "began_at": tests["tested_at"],
            "over_at": tests["tested_at"] + pd.to_timedelta(tests["duration_s"], unit="s").dt.as_unit("us"),
            "lasted_s": tests["duration_s"] * faster,
            "design_s": design_s.astype("float64"),
            "whole": tests["ended_at_cut_off"].astype(bool),
            "source": "test",
        }
    )


def _first(outages: pd.DataFrame, events: pd.DataFrame, at: str) -> pd.Series:
    """Return the first event of the outage's site while the mains was off; null where there was none."""
    rows = outages[["site_id", "failed_at", "restored_at"]].assign(row=outages.index)
    pairs = rows.merge(events[["site_id", at]], on="site_id")
    during = (pairs["failed_at"] <= pairs[at]) & (pairs["restored_at"].isna() | (pairs[at] <= pairs["restored_at"]))
    return pairs[during].groupby("row")[at].min().reindex(outages.index)


def _seconds(durations: pd.Series) -> pd.Series:
    return durations.dt.total_seconds()
