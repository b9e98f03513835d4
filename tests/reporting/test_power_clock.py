"""The power clock at night: the most urgent first, minutes left with their band, who loses service."""

from pathlib import Path

import pandas as pd

from ops_platform.maintenance.importance import importance
from ops_platform.maintenance.power_events import clock_now
from ops_platform.policy import PowerPolicy
from ops_platform.reporting.power_clock import clock_table
from tests.maintenance.builders import alarm, at, run, store

NOW = "03-12 11:15"


def table(tmp_path: Path, now: str = NOW) -> pd.DataFrame:
    # Every battery lasts four hours by design; sites stand at their office, twenty minutes to set up.
    failed = {"late": "03-12 07:00", "leave": "03-12 08:00", "calm": "03-12 10:00", "calm vip": "03-12 10:30",
              "runs": "03-12 06:00", "blind": "03-12 11:00"}  # fmt: skip
    sites = [{"site_id": site, "site_name": site, "customers": 100} for site in failed]
    sites[3]["priority"], sites[5]["capacity_ah"] = "vip", None
    facts = store(
        tmp_path, offices=[{"office_name": "甲县", "office_name_en": "County A"}], sites=sites,
        alarms=[alarm("mains_failure", moment, site_id=site) for site, moment in failed.items()],
        generator_runs=[run("03-12 07:00", site_id="runs", dispatched="03-12 06:10")],
    )  # fmt: skip
    weight = importance(facts.whole("sites")).assign(people_without=pd.Series({"calm": 70}, dtype="Int64"))
    return clock_table(clock_now(facts, PowerPolicy(), at(now)), weight, facts, at(now))


def test_the_most_urgent_stands_first_and_a_vip_before_its_equals(tmp_path: Path) -> None:
    assert table(tmp_path)["site_name"].tolist() == ["late", "leave", "calm vip", "calm", "blind", "runs"]


def test_a_row_says_how_long_is_left_and_who_loses_service(tmp_path: Path) -> None:
    row = table(tmp_path).set_index("site_name").loc["calm"]
    assert (row["state"], row["office"], row["customers_at_risk"]) == ("电池供电 on battery", "甲县 County A", 100)
    assert (row["minutes_left"], row["leave_by_min"], row["people_without"]) == (165, 115, 70)
    low, high = (float(text.replace(",", "")) for text in row["band_min"].split(" … "))
    assert low < 165 < high


def test_it_says_from_where_somebody_must_leave(tmp_path: Path) -> None:
    failed = [alarm("mains_failure", "03-12 08:00", site_id=site) for site in ("S1", "S2")]
    facts = store(
        tmp_path, offices=[{"office_name": "甲县", "office_name_en": "County A"}], alarms=failed,
        sites=[{"site_id": "S1"}, {"site_id": "S2", "load_a": 400.0}],
        crews=[{"crew_id": "C1", "crew_name": "一队", "generator_id": "G1"}], generators=[{"generator_id": "G1"}],
    )  # fmt: skip
    clock = clock_now(facts, PowerPolicy(), at(NOW))
    weight = importance(facts.whole("sites")).assign(people_without=0)
    found = clock_table(clock, weight, facts, at(NOW)).set_index("failed_at")
    assert sorted(found["from_place"]) == ["一队", "甲县 County A"], "no set carries 400 A"


def test_the_clock_runs_by_itself(tmp_path: Path) -> None:
    later = table(tmp_path, "03-12 11:30").set_index("site_name")["minutes_left"]
    assert later["calm"] == 150


def test_a_battery_of_which_nothing_is_known_has_no_minutes(tmp_path: Path) -> None:
    row = table(tmp_path).set_index("site_name").loc["blind"]
    assert pd.isna(row["minutes_left"])
    assert pd.isna(row["band_min"])
