"""What independent witnesses say of a generator run: alarms, check-in position, energy, fuel, rectifier voltage.

Each agrees, contradicts, or is silent; what is unknown is silent and never guessed. Pure functions of a frame with one
row per run. The rules are house definitions, stated in docs/definitions.md; the numbers are `WitnessPolicy`'s.
"""

import numpy as np
import pandas as pd

from geo.crs import geodesic
from ops_platform.contracts.outages import WITNESSES
from ops_platform.policy import WitnessPolicy

NONE = "none"


def measured(runs: pd.DataFrame, policy: WitnessPolicy) -> pd.DataFrame:
    """Return what the witnesses are judged by.

    Parameters
    ----------
    runs
        ``started_at``, ``ended_at``, ``arrived_latitude``, ``arrived_longitude``, ``energy_kwh``, ``fuel_l``,
        ``rated_kw``, ``start_voltage_v`` and ``end_voltage_v`` of the run; ``latitude``, ``longitude`` and ``load_a``
        of its site. Each may be null.

    Returns
    -------
    pandas.DataFrame
        ``hours`` of the run, ``away_m`` from the site at check-in, ``load_kwh`` that the DC load took, ``fuel_rate``
        in litres per hour and rated kW; not a number where unknown. Further ``energy_kwh``, ``fuel_l``, ``start_v``
        and ``end_v`` as numbers.
    """
    known = {
        name: runs[name].astype("float64")
        for name in ("arrived_longitude", "arrived_latitude", "longitude", "latitude", "load_a", "energy_kwh", "fuel_l",
                     "rated_kw", "start_voltage_v", "end_voltage_v")
    }  # fmt: skip
    hours = (runs["ended_at"] - runs["started_at"]) / pd.Timedelta(1, "h")
    hours = hours.where(hours > 0)
    away_m, _ = geodesic(*(known[name] for name in ("arrived_longitude", "arrived_latitude", "longitude", "latitude")))
    return pd.DataFrame(
        {
            "hours": hours,
            "away_m": away_m,
            "load_kwh": known["load_a"] * policy.load_volts * hours / 1000,
            "fuel_rate": known["fuel_l"] / hours / known["rated_kw"].where(known["rated_kw"] > 0),
            "energy_kwh": known["energy_kwh"],
            "fuel_l": known["fuel_l"],
            "start_v": known["start_voltage_v"],
            "end_v": known["end_voltage_v"],
        },
        index=runs.index,
    )


def verdicts(runs: pd.DataFrame, told: pd.DataFrame, policy: WitnessPolicy) -> pd.DataFrame:
    """Return what each witness says of each run.

    Parameters
    ----------
    runs
        ``verified`` (alarms agree that it ran), ``pending`` (they may yet) and ``claimed``; what is not claimed was
        seen by an alarm.
    told
        Result of `measured`.

    Returns
    -------
    pandas.DataFrame
        A column per member of `WITNESSES`: true where it agrees, false where it contradicts, null where it is silent.
    """
    ran, energy, wrong_volts = told["hours"].notna(), told["energy_kwh"], _wrong_volts(told, policy)
    least, most = (share * told["load_kwh"] for share in policy.energy_share)
    for_the_load = told["load_kwh"].isna() | energy.between(least, most)
    return pd.DataFrame(
        {
            "alarms": _says(runs["verified"] | ~runs["pending"], runs["verified"] | ~runs["claimed"]),
            "position": _says(told["away_m"].notna(), told["away_m"] <= policy.near_m),
            "energy": _says(ran & energy.notna(), (energy > 0) & for_the_load),
            "fuel": _says(told["fuel_rate"].notna(), told["fuel_rate"].between(*policy.fuel_l_per_rated_kwh)),
            "voltage": _says(told[["start_v", "end_v"]].notna().all(axis=1) | wrong_volts, ~wrong_volts),
        }
    )[list(WITNESSES)]


def contradictions(runs: pd.DataFrame, said: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Return what contradicts each run, the first of `CONTRADICTIONS` that fits.

    Parameters
    ----------
    runs
        ``empty_trip`` and ``claimed``; what is not claimed was only seen.
    said, told
        Results of `verdicts` and `measured`.
    """
    against = _against(said)
    kinds = {
        "seen_not_claimed": ~runs["claimed"],
        "empty_trip": runs["empty_trip"],
        "claimed_not_seen": against["alarms"],
        "fuel_without_energy": against["energy"] & _fuel_without_energy(told),
        "position_far": against["position"],
        "energy_unlike_load": against["energy"],
        "fuel_unlike_rating": against["fuel"],
        "voltage_unlike_running": against["voltage"],
    }
    return pd.Series(np.select(list(kinds.values()), list(kinds), NONE), index=runs.index)


def evidence(runs: pd.DataFrame, said: pd.DataFrame, told: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return everything that contradicts each run, in Chinese and in English; null where nothing does.

    Parameters
    ----------
    runs
        ``empty_trip``, ``claimed``, ``rated_kw``, ``during`` (a mains outage) and ``sign`` (the alarm by which it was
        seen).
    said, told
        Results of `verdicts` and `measured`.
    """
    shown = {
        name: told[name].map("{:.1f}".format).astype("str") for name in ("hours", "load_kwh", "energy_kwh", "fuel_l")
    }
    volts = {
        name: told[name].map("{:.1f} V".format).astype("str").where(told[name].notna(), "—")
        for name in ("start_v", "end_v")
    }
    away, sign = told["away_m"].map("{:.0f}".format).astype("str"), runs["sign"].astype("str")
    against = _against(said)
    loaded, rated = told["load_kwh"].notna(), runs["rated_kw"].astype("float64").map("{:g}".format).astype("str")
    dry = against["energy"] & _fuel_without_energy(told) & ~against["fuel"]
    parts: list[tuple[pd.Series, pd.Series | str, pd.Series | str]] = [
        (~runs["claimed"], "有发电迹象而无发电单：告警 " + sign, "seen but not claimed: alarm " + sign),
        (runs["empty_trip"], "发电单标为空跑", "the order says empty trip"),
        (against["alarms"] & runs["during"], "发电期间告警未清除或基站未恢复",
         "no alarm cleared during it, or the site did not recover"),
        (against["alarms"] & ~runs["during"], "发电开始时市电未停", "the mains had not failed when it started"),
        (against["position"], "签到处距基站 " + away + " 米", "checked in " + away + " m from the site"),
        (against["energy"] & loaded,
         "发电 " + shown["energy_kwh"] + " kWh，" + shown["hours"] + " 小时直流负载用电 " + shown["load_kwh"] + " kWh",
         shown["energy_kwh"] + " kWh generated, " + shown["load_kwh"] + " kWh of DC load in " + shown["hours"] + " h"),
        (against["energy"] & ~loaded, "发电 " + shown["energy_kwh"] + " kWh", shown["energy_kwh"] + " kWh generated"),
        (dry, "油耗 " + shown["fuel_l"] + " L", shown["fuel_l"] + " L of fuel"),
        (against["fuel"], "油耗 " + shown["fuel_l"] + " L，" + shown["hours"] + " 小时，油机 " + rated + " kW",
         shown["fuel_l"] + " L of fuel in " + shown["hours"] + " h, a set of " + rated + " kW"),
        (against["voltage"], "开关电源电压：开始 " + volts["start_v"] + "，结束 " + volts["end_v"],
         "rectifier voltage " + volts["start_v"] + " at the start, " + volts["end_v"] + " at the end"),
    ]  # fmt: skip
    return _joined([(where, zh) for where, zh, _ in parts], "；"), _joined(
        [(where, en) for where, _, en in parts], "; "
    )


def _says(speaks: pd.Series, agrees: pd.Series) -> pd.Series:
    return agrees.astype("boolean").where(speaks)


def _against(said: pd.DataFrame) -> dict[str, pd.Series]:
    """Return, by witness, which runs it contradicts."""
    return {name: said[name].eq(other=False).fillna(value=False).astype(bool) for name in WITNESSES}


def _fuel_without_energy(told: pd.DataFrame) -> pd.Series:
    return (told["energy_kwh"] == 0) & (told["fuel_l"] > 0)


def _wrong_volts(told: pd.DataFrame, policy: WitnessPolicy) -> pd.Series:
    return (told["start_v"] >= policy.start_below_v) | (told["end_v"] < policy.end_from_v)


def _joined(parts: list[tuple[pd.Series, pd.Series | str]], between: str) -> pd.Series:
    """Return the texts that hold, one after the other; null where none does."""
    text = pd.Series("", index=parts[0][0].index, dtype="str")
    for holds, words in parts:
        text = text + pd.Series(words, index=text.index, dtype="str").add(between).where(holds, "")
    return text.str.removesuffix(between).where(text != "")
