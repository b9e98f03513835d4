"""Why a cell probably is a worst cell: the evidence that there is, in words, and what an engineer would do next.

House: the first cause for which there is evidence, from what is seen directly to what is only near.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ops_platform.policy.cells import CausePolicy

NEXT_STEPS = {
    "hardware": (
        "现场测量各载频发射功率和驻波比，查载频、合路器、馈线与告警历史，更换故障件",
        "On site measure power and standing wave ratio of every carrier, check feeder and alarms; replace what failed",
    ),
    "transmission": (
        "与传输核对误码、闪断和时钟，修复后复看一周",
        "With the transmission people check bit errors, short breaks and the clock; look again a week after the repair",
    ),
    "congestion": (
        "先核对信道是否全部可用，再按所需信道扩容，或把话务分到邻区",
        "Check that every channel works, then add channels up to those needed, or move traffic to neighbours",
    ),
    "interference": (
        "查同邻频与 BSIC 规划、直放站和外部干扰源，扫频定位后换频或排除",
        "Check frequency plan, BSIC, repeaters and outside sources; scan; change the frequency or remove the source",
    ),
    "coverage": (
        "路测弱覆盖路段，核对方位角、下倾角与发射功率，调整后复测",
        "Drive the weak stretches; check azimuth, downtilt and transmit power; adjust and test again",
    ),
    "neighbour": (
        "查漏配、错配邻区与切换门限，补配后看切换成功率",
        "Look for missing and wrong neighbours and for handover thresholds; add them and watch the handover success",
    ),
    "no_evidence": (
        "现场全面测试：方位角、下倾角、各载频发射功率、邻区和扫频",
        "Test everything on site: azimuth, downtilt, transmit power of every carrier, neighbours, a scan",
    ),
}
NOTHING_ZH, NOTHING_EN = "各项证据均未超限", "Nothing is over its limit"


@dataclass(frozen=True)
class Evidence:
    """What would show one cause: of each cell whether it does, whether it is known, and the words for it."""

    cause: str
    holds: pd.Series
    known: pd.Series
    about: tuple[str, str]
    zh: pd.Series
    en: pd.Series


def probable_causes(cells: pd.DataFrame, policy: CausePolicy) -> pd.DataFrame:
    """Return the probable cause of each cell with its evidence and the next step.

    Parameters
    ----------
    cells
        One row per cell: ``met_days``, ``hardware_days``, ``transmission_days``, ``tch_overflows``, ``tch_attempts``,
        ``channels``, ``channels_needed``, ``interference_samples``, ``interference_high_samples``, ``samples``,
        ``covered_samples``, ``handovers_out_attempts``, ``handovers_out``, ``gap_people``; null where unknown.

    Returns
    -------
    pandas.DataFrame
        ``cause``, ``evidence_zh``, ``evidence_en``, ``next_step_zh``, ``next_step_en``, with the index of the cells.
    """
    found = pd.DataFrame({"cause": "no_evidence", "evidence_zh": "", "evidence_en": ""}, index=cells.index)
    unknown = pd.DataFrame({"zh": "", "en": ""}, index=cells.index)
    for one in _all_evidence(cells, policy):
        first = one.holds & (found["cause"] == "no_evidence")
        found["cause"] = found["cause"].mask(first, one.cause)
        found["evidence_zh"] = listed(found["evidence_zh"], "；", one.zh, one.holds)
        found["evidence_en"] = listed(found["evidence_en"], "; ", one.en, one.holds)
        unknown["zh"] = listed(unknown["zh"], "、", pd.Series(one.about[0], cells.index), ~one.known)
        unknown["en"] = listed(unknown["en"], ", ", pd.Series(one.about[1], cells.index), ~one.known)
    none, lacking = found["evidence_zh"] == "", unknown["zh"] != ""
    found.loc[none, ["evidence_zh", "evidence_en"]] = [NOTHING_ZH, NOTHING_EN]
    # What is not known could have shown a cause, so it is told where nothing else does.
    found["evidence_zh"] = found["evidence_zh"].mask(none & lacking, NOTHING_ZH + "；未知：" + unknown["zh"])
    found["evidence_en"] = found["evidence_en"].mask(none & lacking, NOTHING_EN + "; not known: " + unknown["en"])
    steps = pd.DataFrame.from_dict(NEXT_STEPS, orient="index", columns=["next_step_zh", "next_step_en"])
    return found.join(steps, on="cause")


def _all_evidence(cells: pd.DataFrame, policy: CausePolicy) -> list[Evidence]:
    interference = _share(cells["interference_high_samples"], cells["interference_samples"], policy)
    covered = _share(cells["covered_samples"], cells["samples"], policy)
    handover = _share(cells["handovers_out"], cells["handovers_out_attempts"], policy)
    congestion = 100 * cells["tch_overflows"] / cells["tch_attempts"].where(cells["tch_attempts"] > 0)
    needed, has = _whole(cells["channels_needed"]), cells["channels"].map("{:g}".format)
    always = pd.Series(data=True, index=cells.index)
    return [
        *(_on_bad_days(cells, cause, what, policy) for cause, what in _ON_BAD_DAYS),
        Evidence(
            "congestion",
            congestion > policy.congestion_over_pct,
            congestion.notna(),
            ("拥塞", "congestion"),
            "忙时拥塞 " + _pct(congestion) + "，有信道 " + has + "，需 " + needed,
            "busy-hour congestion " + _pct(congestion) + ", " + has + " channels where " + needed + " are needed",
        ),
        Evidence(
            "interference",
            interference > policy.interference_over_pct,
            interference.notna(),
            ("干扰带", "interference bands"),
            "干扰带 4-5 占 " + _pct(interference),
            _pct(interference) + " of idle-channel samples in interference bands 4 and 5",
        ),
        Evidence(
            "coverage",
            covered < policy.covered_under_pct,
            covered.notna(),
            ("测量报告", "measurement reports"),
            "测量报告仅 " + _pct(covered) + " 达到 -110 dBm",
            "only " + _pct(covered) + " of measurement reports reach -110 dBm",
        ),
        Evidence(
            "neighbour",
            handover < policy.handover_success_under_pct,
            handover.notna(),
            ("切出", "handovers out"),
            "切出成功率仅 " + _pct(handover),
            "only " + _pct(handover) + " of handovers out succeed",
        ),
        Evidence(
            "coverage",
            cells["gap_people"] > 0,
            always,
            ("", ""),
            "附近覆盖空洞有 " + _whole(cells["gap_people"]) + " 人",
            _whole(cells["gap_people"]) + " people live without coverage near the site",
        ),
    ]


_ON_BAD_DAYS = (
    ("hardware", ("设备中断或小区退服告警", "equipment outages or cell-down alarms")),
    ("transmission", ("传输中断", "transmission outages")),
)


def _on_bad_days(cells: pd.DataFrame, cause: str, what: tuple[str, str], policy: CausePolicy) -> Evidence:
    met, days = cells["met_days"], cells[f"{cause}_days"]
    both_zh, both_en = _whole(days) + "/" + _whole(met) + " 天", _whole(days) + " of " + _whole(met) + " such days"
    return Evidence(
        cause,
        (met > 0) & (days >= policy.outage_days_share * met),
        pd.Series(data=True, index=cells.index),
        ("", ""),
        f"最坏的日子里有{what[0]}：" + both_zh,
        f"{what[1]} on " + both_en,
    )


def _share(part: pd.Series, whole: pd.Series, policy: CausePolicy) -> pd.Series:
    return 100 * part / whole.where(whole >= policy.least_counts)


def _pct(share: pd.Series) -> pd.Series:
    return share.map("{:.1f} %".format)


def _whole(counts: pd.Series) -> pd.Series:
    tell: Callable[[float], str] = lambda value: "?" if pd.isna(value) else f"{value:.0f}"  # noqa: E731
    return counts.map(tell)


def listed(so_far: pd.Series, separator: str, more: pd.Series, where: pd.Series) -> pd.Series:
    """Return the texts with more behind a separator where it holds, and without one where nothing stood before."""
    return so_far.mask(where, (so_far + separator).mask(so_far == "", "") + more)
