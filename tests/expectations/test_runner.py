"""A frame is judged by its contract; what breaks is named, counted and shown with its key."""

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from expectations.runner import MOST_OFFENDERS, Finding, validate
from expectations.suites import PLAUSIBILITY, RULES, SCHEMA_AND_KEYS, expectations_of
from ops_platform.contracts import FEEDS
from ops_platform.contracts.alerting import ALERT_FIGURES
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.counters import INTERCONNECT_COUNTERS
from ops_platform.contracts.events import ALARMS, GENERATOR_RUNS, INSPECTIONS
from ops_platform.contracts.network import SITES
from ops_platform.contracts.outages import GENERATION_REVIEWS, MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.contracts.reviews import COMPLAINT_TABLES, INTERCONNECT
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.contracts.service import SERVICE_SURVEYS

START = datetime(2026, 3, 1, tzinfo=UTC)


def alarms(rows: int = 50) -> pd.DataFrame:
    table = pa.table(
        {
            "alarm_id": [f"a{n}" for n in range(rows)],
            "site_id": [f"s{n % 7}" for n in range(rows)],
            "cell_id": [None] * rows,
            "kind": ["mains_failure"] * rows,
            "severity": [None if n % 3 else "major" for n in range(rows)],
            "source": [None] * rows,
            "raised_at": [START + timedelta(minutes=n) for n in range(rows)],
            "cleared_at": [None if n % 5 == 0 else START + timedelta(minutes=n + 40) for n in range(rows)],
        }
    )
    return table.cast(ALARMS.schema).to_pandas()


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_frame_as_its_contract_says_has_no_findings() -> None:
    assert validate(ALARMS, alarms()) == []


@pytest.mark.parametrize("contract", [ALARMS, SITES, INSPECTIONS, SCORECARDS, INTERCONNECT_COUNTERS])
def test_an_empty_frame_has_no_findings(contract) -> None:
    assert validate(contract, contract.schema.empty_table().to_pandas()) == []


def test_a_missing_required_value_is_found_with_its_key() -> None:
    frame = alarms()
    frame.loc[3, "site_id"] = None
    finding = only(validate(ALARMS, frame))
    assert (finding.suite, finding.column, finding.failed) == (SCHEMA_AND_KEYS, "site_id", 1)
    assert finding.offenders[0]["alarm_id"] == "a3"
    assert finding.advice_zh
    assert finding.advice_en


def test_a_value_outside_the_vocabulary_is_found() -> None:
    finding = only(validate(ALARMS, alarms().assign(kind=["ufo", *["mains_failure"] * 49])))
    assert (finding.column, finding.failed, finding.offenders[0]["kind"]) == ("kind", 1, "ufo")


def test_a_repeated_key_counts_every_row_that_has_it() -> None:
    frame = alarms()
    frame.loc[9, "alarm_id"] = "a8"
    finding = only(validate(ALARMS, frame))
    assert (finding.column, finding.failed) == ("alarm_id", 2)


def test_a_repeated_compound_key_is_found() -> None:
    row = ["o1", "CT", "outgoing", START, 100, 5, 60, 10, 10, 10, 900]
    frame = pd.DataFrame([row, row], columns=INTERCONNECT_COUNTERS.schema.names)
    frame["hour_start_at"] = frame["hour_start_at"].astype("datetime64[us, UTC]")
    finding = only(validate(INTERCONNECT_COUNTERS, frame))
    assert finding.column == "office_id, operator, direction, hour_start_at"


def test_outcomes_never_exceed_valid_attempts() -> None:
    row = ["o1", "CT", "outgoing", START, 100, 5, 60, 20, 10, 6, 900]
    frame = pd.DataFrame([row], columns=INTERCONNECT_COUNTERS.schema.names)
    frame["hour_start_at"] = frame["hour_start_at"].astype("datetime64[us, UTC]")
    finding = only(validate(INTERCONNECT_COUNTERS, frame))
    assert (finding.suite, finding.failed) == (PLAUSIBILITY, 1)
    assert finding.offenders[0]["unreachable"] == 6
    assert validate(INTERCONNECT_COUNTERS, frame.assign(unreachable=5)) == []


def test_columns_missing_extra_or_of_another_type_are_one_finding() -> None:
    frame = alarms().drop(columns="kind").assign(extra=1)
    frame["raised_at"] = frame["raised_at"].dt.tz_localize(None)
    finding = only(validate(ALARMS, frame))
    assert {offender["column"] for offender in finding.offenders} == {"kind", "extra", "raised_at"}


def test_columns_out_of_order_are_found() -> None:
    frame = alarms()
    finding = only(validate(ALARMS, frame[["site_id", "alarm_id", *frame.columns[2:]]]))
    assert {offender["column"] for offender in finding.offenders} == {"site_id", "alarm_id"}


def test_an_end_before_its_start_only_fails_plausibility() -> None:
    frame = alarms()
    frame.loc[1, "cleared_at"] = frame.loc[1, "raised_at"] - pd.Timedelta(minutes=1)
    finding = only(validate(ALARMS, frame))
    assert (finding.suite, finding.column, finding.failed) == (PLAUSIBILITY, "raised_at <= cleared_at", 1)
    assert finding.offenders[0]["raised_at"].tzinfo is not None


def test_at_most_twenty_offenders_are_shown_and_all_are_counted() -> None:
    finding = only(validate(ALARMS, alarms().assign(site_id=None)))
    assert (finding.failed, len(finding.offenders)) == (50, MOST_OFFENDERS)


def test_an_inspection_done_in_another_year_is_implausible() -> None:
    def inspection(done: datetime | None) -> pd.DataFrame:
        row = ("i1", "s1", "p1", date(2026, 3, 1), date(2026, 3, 31), done, True, None, False, None)
        table = pa.Table.from_pylist([dict(zip(INSPECTIONS.schema.names, row, strict=True))], schema=INSPECTIONS.schema)
        return table.to_pandas()

    assert validate(INSPECTIONS, inspection(None)) == []
    assert validate(INSPECTIONS, inspection(START)) == []
    assert only(validate(INSPECTIONS, inspection(START + timedelta(days=365)))).suite == PLAUSIBILITY


def test_bounds_hold_and_plausible_bounds_warn() -> None:
    names = SITES.schema.names
    row = dict.fromkeys(names)
    row |= {"site_id": "s", "site_name": "n", "office_id": "o", "latitude": 35.0, "longitude": 102.0}
    row |= {"area_class": "rural", "priority": "a", "capacity_ah": 500.0, "fixed_generator": False, "strings": 2}
    row |= {"in_service_on": date(2020, 1, 1)}
    frame = pa.Table.from_pylist([row, row | {"site_id": "t", "strings": None}], schema=SITES.schema).to_pandas()
    assert validate(SITES, frame) == []
    assert only(validate(SITES, frame.assign(latitude=91.0))).suite == SCHEMA_AND_KEYS
    assert only(validate(SITES, frame.assign(capacity_ah=5.0))).suite == PLAUSIBILITY
    assert only(validate(SITES, frame.assign(strings=[-1.0, None]))).suite == SCHEMA_AND_KEYS
    assert only(validate(SITES, frame.assign(strings=[1.5, None]))).offenders[0]["column"] == "strings"


def test_scores_of_a_survey_stay_within_a_hundred_per_response() -> None:
    row = ("v", "o", date(2026, 3, 1), "hall", "staff", "own", 801, 8)
    frame = pa.Table.from_pylist([dict(zip(SERVICE_SURVEYS.schema.names, row, strict=True))], SERVICE_SURVEYS.schema)
    assert only(validate(SERVICE_SURVEYS, frame.to_pandas())).column == "score_sum <= 100 x responses"


def test_every_rule_names_columns_of_its_table() -> None:
    derived = (
        MAINS_OUTAGES,
        SITE_OUTAGES,
        GENERATION_REVIEWS,
        CELL_DAYS,
        ALERT_FIGURES,
        *INTERCONNECT,
        *COMPLAINT_TABLES,
    )
    tables = FEEDS | {one.name: one for one in derived}
    for name, rules in RULES.items():
        for rule in rules:
            assert set(rule.columns) <= set(tables[name].schema.names), (name, rule)


def test_every_contract_has_advice_for_all_it_expects() -> None:
    for contract in FEEDS.values():
        for expectation in expectations_of(contract, contract.schema.names):
            assert all(expectation.advice)


def test_a_frame_of_five_thousand_rows_and_seventeen_columns_is_judged_fast() -> None:
    rows = 5000
    moments = {name: [START] * rows for name in ("dispatched_at", "arrived_at", "started_at", "ended_at")}
    texts = {name: ["x"] * rows for name in ("site_id", "staff_id", "generator_id", "contractor")}
    numbers = {"energy_kwh": [1.0] * rows}
    blank = {name: [None] * rows for name in GENERATOR_RUNS.schema.names}
    table = pa.table(blank | {"run_id": [f"r{n}" for n in range(rows)], **texts, **moments, **numbers})
    frame = table.select(GENERATOR_RUNS.schema.names).cast(GENERATOR_RUNS.schema).to_pandas()
    assert validate(GENERATOR_RUNS, frame) == []
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        validate(GENERATOR_RUNS, frame)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 1.5  # 0.2 s on an idle machine; the tests may share it


def test_importing_the_runner_does_not_import_the_library() -> None:
    code = "import sys, expectations.runner, expectations.quality; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
