"""Load, channels needed, exhaustion, and what may be expanded or thinned out."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ops_platform.facts import as_frame
from ops_platform.kpi.traffic_review import band_of, traffic_review
from ops_platform.policy.cells import TrafficPolicy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import Row, on, store

GSM = {"busy_traffic_chs": 18_000, "busy_tch_attempts": 100, "busy_tch_overflows": 0}
"""5 Erl on 10 channels."""
LTE = {"technology": "LTE", "channels": None}


def gsm(cell: str, erl: float, day: str = "03-12", **more: Any) -> Row:
    return {"cell_id": cell, "day_on": on(day)} | GSM | {"busy_traffic_chs": round(erl * 3600)} | more


def lte(cell: str, used: int, day: str = "03-12") -> Row:
    return {"cell_id": cell, "day_on": on(day), "busy_prb_used": used, "busy_prb_available": 1000} | LTE


def review(root: Path, days: list[Row], sites: dict[str, str] | None = None, **more: Any) -> pd.DataFrame:
    root.mkdir(exist_ok=True)
    policy = more.pop("policy", TrafficPolicy())
    kinds = {row["cell_id"]: row for row in days}
    where, directions = sites or {}, more.pop("directions", {})
    cells = [
        {"cell_id": name, "technology": row.get("technology", "GSM"), "channels": row.get("channels", 10),
         "site_id": where.get(name, f"site of {name}"), "azimuth_deg": directions.get(name, float(index))}
        for index, (name, row) in enumerate(kinds.items())
    ]  # fmt: skip
    known = [{"site_id": site} for site in sorted({str(cell["site_id"]) for cell in cells})]
    stored = store(root, sites=known, cells=cells, cell_days=days, **more)
    rows = as_frame(traffic_review(stored, MONTH, policy))
    return rows.set_index("cell_id", drop=False)


def test_load_is_of_the_busy_hours_that_are_known(tmp_path: Path) -> None:
    days = [gsm("C1", 4), gsm("C1", 6, "03-13"), gsm("C1", 9, "03-14", busy_traffic_chs=None), lte("L1", 300)]
    rows = review(tmp_path, days)
    first, second = rows.loc["C1"], rows.loc["L1"]
    assert (first["days"], first["traffic_erl"], first["utilisation_pct"], first["channels"]) == (2, 5, 50, 10)
    assert (second["days"], second["utilisation_pct"], second["band"], second["action"]) == (1, 30, "normal", "keep")
    assert second[["traffic_erl", "channels", "channels_needed", "blocking_pct"]].isna().all()


def test_channels_needed_are_those_of_what_was_offered(tmp_path: Path) -> None:
    rows = review(tmp_path, [gsm("C1", 9, busy_tch_overflows=10), gsm("C2", 5), gsm("C3", 6)])
    assert rows["channels_needed"].to_dict() == {"C1": 17, "C2": 10, "C3": 12}
    assert rows["blocking_pct"].to_dict() == pytest.approx({"C1": 21.4582, "C2": 1.8385, "C3": 4.3142}, abs=1e-4)
    assert rows["congestion_pct"].to_dict() == {"C1": 10, "C2": 0, "C3": 0}
    assert rows["action"].to_dict() == {"C1": "expand", "C2": "plan", "C3": "expand"}


@pytest.mark.parametrize(
    ("used", "band"),
    [(800, "expand_now"), (799, "expand_soon"), (450, "expand_soon"), (449, "normal"), (200, "normal"), (199, "watch"),
     (100, "watch"), (99, "idle"), (0, "idle")],
)  # fmt: skip
def test_a_limit_belongs_to_the_band_above_it(used: int, band: str) -> None:
    assert band_of(pd.Series([used]), pd.Series([1000]), TrafficPolicy()).tolist() == [band]


def test_nothing_available_has_no_band_and_no_advice(tmp_path: Path) -> None:
    rows = review(tmp_path, [lte("L1", 0) | {"busy_prb_available": 0}, lte("L2", 5) | {"busy_prb_used": None}])
    assert rows["band"].isna().all()
    assert set(rows["action"]) == {"keep"}


LEVELS = {"settlement_id": "V1", "month_on": on("03-01"), "people": 90, "covered": True, "level_dbm": -90.0}


def test_only_a_cell_that_nobody_misses_is_thinned_out(tmp_path: Path) -> None:
    sites = dict.fromkeys(("busy", "spare", "server"), "A") | dict.fromkeys(("one", "two"), "B") | {"alone": "C"}
    days = [gsm("busy", 5), gsm("spare", 0.5), gsm("server", 0.6), gsm("one", 0.4), gsm("two", 0.3), gsm("alone", 0.1)]
    levels = [LEVELS | {"cell_id": "server"}, LEVELS | {"settlement_id": "V2", "people": 0, "cell_id": "spare"}]
    rows = review(tmp_path, days, sites=sites, coverage_levels=levels)
    assert rows["action"].to_dict() == {
        "busy": "plan", "spare": "thin_out", "server": "reduce", "one": "reduce", "two": "thin_out", "alone": "reduce",
    }  # fmt: skip
    assert rows["only_cell"].to_dict() == dict.fromkeys(("busy", "spare", "server", "one", "two"), False) | {
        "alone": True
    }
    assert rows.loc["spare", "evidence_en"].endswith("served in its direction; roads are not looked at: drive first")
    assert rows.loc["server", "evidence_zh"].endswith("本方向主服务人口 90")
    assert rows.loc["alone", "evidence_zh"].endswith("站内本制式唯一小区，不可撤")


def test_the_last_cell_of_a_technology_stays(tmp_path: Path) -> None:
    rows = review(tmp_path, [gsm("G", 5), lte("L", 50)], sites={"G": "A", "L": "A"}, coverage_levels=[LEVELS])
    assert rows.loc["L", ["only_cell", "action"]].tolist() == [True, "keep"]


def test_a_cell_is_missed_by_those_whom_another_serves_in_its_direction(tmp_path: Path) -> None:
    cells = {"busy": 5.0, "same": 0.5, "other": 0.4, "around": 0.3, "server": 0.2}
    directions = {"same": 120.0, "server": 120.0, "other": 240.0, "around": None}
    for server, people in (("server", [0, 90, 0, 90, 90]), ("around", [90, 90, 90, 90, 90])):
        levels = [LEVELS | {"cell_id": server}]
        rows = review(
            tmp_path / server, [gsm(name, erl) for name, erl in cells.items()], dict.fromkeys(cells, "A"),
            directions=directions, coverage_levels=levels,
        )  # fmt: skip
        assert rows.loc[list(cells), "served_people"].tolist() == people


def test_without_a_coverage_map_nothing_is_thinned_out(tmp_path: Path) -> None:
    rows = review(tmp_path, [lte("L1", 60), lte("L2", 50)], sites={"L1": "A", "L2": "A"})
    assert set(rows["action"]) == {"keep"}
    assert rows["served_people"].isna().all()


def growing(cell: str, start: float, a_day: float, kind: Any = gsm) -> list[Row]:
    first = date(2026, 3, 31) - timedelta(days=83)
    week = np.sin(np.arange(84) * 2 * np.pi / 7)
    return [
        kind(cell, start + a_day * n + 0.1 * week[n], f"{first + timedelta(days=n):%m-%d}") for n in range(84)
    ]  # fmt: skip


def test_the_month_of_exhaustion_follows_the_growth_of_the_office(tmp_path: Path) -> None:
    rows = review(tmp_path, [*growing("C1", 2, 0.02), *growing("C2", 1, 0.01)])
    growth_pct = rows.loc["C1", "growth_pct"]
    assert growth_pct == pytest.approx(100 * 28 * 0.02 / (2 + 0.02 * 69.5), rel=0.1)
    assert rows.loc["C1", "growth_error_pct"] < 2
    capacity, factor = 5.0840, 1 + growth_pct / 100
    for cell in ("C1", "C2"):
        traffic, months = rows.loc[cell, "traffic_erl"], 0
        while traffic <= capacity:
            traffic, months = traffic * factor, months + 1
        assert rows.loc[cell, "exhausted_on"] == date(2026 + (2 + months) // 12, (2 + months) % 12 + 1, 1)
    assert rows["action"].to_dict() == {"C1": "plan", "C2": "keep"}
    near = review(tmp_path / "far", growing("C2", 1, 0.01), policy=TrafficPolicy(horizon_months=3))
    assert near["exhausted_on"].isna().all(), "further away than is told"


def test_what_is_beyond_its_capacity_is_exhausted_now_and_what_shrinks_never(tmp_path: Path) -> None:
    assert review(tmp_path, [gsm("C1", 6)]).loc["C1", "exhausted_on"] == on("03-01")
    # At 4 and at 5.02 Erl; ten channels take 5.08.
    shrinking = review(tmp_path / "less", growing("C1", 4.7, -0.01))
    assert shrinking["exhausted_on"].isna().all()
    nearly = review(tmp_path / "nearly", growing("C1", 5.7, -0.01))
    assert 5.0 < nearly.loc["C1", "traffic_erl"] < 5.08
    assert nearly.loc["C1", "growth_pct"] < -1.5
    assert nearly["exhausted_on"].isna().all()


def test_blocks_are_exhausted_where_they_are_expanded_at_once(tmp_path: Path) -> None:
    assert review(tmp_path, [lte("L1", 801)]).loc["L1", "exhausted_on"] == on("03-01")
    assert pd.isna(review(tmp_path / "less", [lte("L1", 799)]).loc["L1", "exhausted_on"])


def test_a_month_without_counters_has_no_review(tmp_path: Path) -> None:
    facts = store(tmp_path, sites=[{}], cells=[{}])
    assert traffic_review(facts, MONTH, TrafficPolicy()).num_rows == 0


def test_bands_must_fall() -> None:
    with pytest.raises(ValidationError, match="must fall"):
        TrafficPolicy(bands_from_pct=(80, 20, 45, 10))
