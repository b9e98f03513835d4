"""The power events of a month, from stored facts, also across the month's ends."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from ops_platform.facts import Facts
from ops_platform.maintenance import power_events
from ops_platform.maintenance.power_events import battery_findings, month_events
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import Row, alarm, at, on, run, span, store

ALARMS: list[Row] = [
    # One outage across the month's end, of two alarms; the month is that of its start.
    alarm("mains_failure", "02-28 23:00", "02-28 23:59", alarm_id="a1"),
    alarm("mains_failure", "03-01 00:01", "03-01 09:00", alarm_id="a2"),
    # 00:30 local on the first is still February in UTC.
    alarm("mains_failure", "03-01 00:30", "03-01 10:00", alarm_id="b1", site_id="S2"),
    alarm("site_down", "03-01 08:00", "03-01 10:00", alarm_id="b2", site_id="S2"),
    # Fails on the last of March; its generator was sent and seen in April.
    alarm("mains_failure", "03-31 23:30", "04-01 10:00", alarm_id="c1", site_id="S3"),
    alarm("low_voltage", "04-01 00:10", "04-01 01:05", alarm_id="c2", site_id="S3"),
    # Open since January.
    alarm("mains_failure", "01-05 10:00", None, alarm_id="d1", site_id="S4"),
    alarm("site_down", "03-05 10:00", "03-05 11:00", alarm_id="d2", site_id="S4"),
]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], pd.DataFrame]:
    root: Path = tmp_path_factory.mktemp("warehouse")
    runs = [run("04-01 01:00", "04-01 11:00", dispatched="04-01 00:20", site_id="S3", run_id="r1")]
    # Contradicted, and decided where the decision belongs to the month after that of the outage.
    runs[0] |= {"energy_kwh": 0.0, "fuel_l": 9.0}
    decisions = [{"run_id": "r1", "happened_at": at("04-01 01:00"), "decision": "counts", "site_id": "S3"}]
    sites = [{"site_id": site} for site in ("S1", "S2", "S3", "S4")]
    facts = store(root, sites=sites, alarms=ALARMS, generator_runs=runs, generator_decisions=decisions)
    return months_of(facts)


def months_of(facts: Facts) -> dict[tuple[str, str], pd.DataFrame]:
    found = {}
    for month in ("2026-02", "2026-03", "2026-04"):
        for name, rows in month_events(facts, month, PowerPolicy(), at("04-20 00:00")).items():
            found[month, name] = rows
    return found


@pytest.mark.parametrize("at_once", [1, 4, 12])
def test_sites_taken_in_blocks_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    runs = [run("04-01 01:00", "04-01 11:00", dispatched="04-01 00:20", site_id="S3", run_id="r1"),
            run("03-01 05:00", "03-01 08:00", dispatched="03-01 02:00", site_id="S2", run_id="r2")]  # fmt: skip
    states = {"raised": at("03-20 08:00"), "cleared": at("03-20 19:00")}
    lines = [{"site_id": site, "kind": "mains_failure", "state": state, "source": "NMS", "happened_at": moment}
             for site in ("S1", "S5") for state, moment in states.items()]  # fmt: skip
    sites = [{"site_id": site} for site in ("S5", "S2", "S3", "S4", "S1")]
    work = [span("03-20 00:00", "03-21 00:00", site_id="S5", work_id="w1")]
    facts = store(tmp_path, sites=sites, alarms=ALARMS, generator_runs=runs, alarm_events=lines, planned_work=work)
    whole = months_of(facts)
    monkeypatch.setattr(power_events, "ALARMS_AT_ONCE", at_once)
    read = []
    monkeypatch.setattr(
        Facts, "of_sites", lambda self, ids: read.append(len(ids)) or replace(self, site_ids=pa.array(ids))
    )
    for key, rows in months_of(facts).items():
        pd.testing.assert_frame_equal(rows, whole[key])
    assert bool(read) == (at_once < 12), "eight alarms and four lines"
    assert sum(map(len, whole.values())) > 8


def test_an_outage_belongs_to_the_local_month_of_its_start(events: dict[tuple[str, str], pd.DataFrame]) -> None:
    names = {month: events[month, "mains_outages"]["alarm_ids"].tolist() for month in ("2026-02", "2026-03", "2026-04")}
    assert names == {"2026-02": ["a1 a2"], "2026-03": ["b1", "c1"], "2026-04": []}


def test_a_run_and_its_witness_are_found_in_the_next_month(events: dict[tuple[str, str], pd.DataFrame]) -> None:
    outages = events["2026-03", "mains_outages"].set_index("alarm_ids")
    assert outages.loc["c1", "run_id"] == "r1"
    assert outages.loc["c1", "outcome"] == "in_time"


def test_a_run_is_reviewed_in_the_local_month_of_its_start(events: dict[tuple[str, str], pd.DataFrame]) -> None:
    found = {month: events[month, "generation_reviews"] for month in ("2026-02", "2026-03", "2026-04")}
    assert {month: rows["run_id"].tolist() for month, rows in found.items()} == {
        "2026-02": [], "2026-03": [], "2026-04": ["r1"],
    }  # fmt: skip
    (row,) = found["2026-04"].to_dict("records")
    assert (row["contradiction"], row["decision"], row["counts"]) == ("fuel_without_energy", "counts", True)


def test_a_mains_outage_open_since_earlier_explains_a_site_outage(events: dict[tuple[str, str], pd.DataFrame]) -> None:
    outages = events["2026-03", "site_outages"]
    assert outages[["alarm_ids", "cause"]].to_numpy().tolist() == [["b2", "power"], ["d2", "power"]]


def test_the_batteries_that_last_much_shorter_or_longer_than_registered_are_findings(tmp_path: Path) -> None:
    days = ("03-02", "03-04", "03-06", "03-08")
    # By design four hours: one site is down after 90 minutes each time, one lasts eight hours, one does as it should.
    hours = {"S1": 1.5, "S2": 8.0, "S3": 4.0}
    tests = [
        {"test_id": f"{site} {day}", "site_id": site, "tested_at": at(f"{day} 08:00"), "duration_s": int(last * 3600)}
        for site, last in hours.items()
        for day in days
    ]
    sites = [{"site_id": site, "battery_installed_on": on("03-01")} for site in ("S4", "S2", "S1", "S3")]
    facts = store(
        tmp_path, sites=[*sites, sites[2] | {"site_id": "S5", "retired_on": on("03-20")}], battery_tests=tests
    )
    found = battery_findings(facts, "2026-03", PowerPolicy(), at("04-20 00:00"))
    assert found["site_id"].tolist() == ["S1", "S2"]
    assert found["observations"].tolist() == [4, 4]
    assert found["learned_min"][0] == pytest.approx(95, abs=5)
    assert battery_findings(facts, "2026-03", PowerPolicy(), at("03-02 09:00")).empty, "as known at that moment"
