"""Large counter partitions are summarised in Arrow, and the summary is judged."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from expectations.quality import quality_summary, validate_summary
from expectations.suites import PLAUSIBILITY, SCHEMA_AND_KEYS
from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.contracts.events import ALARMS

START = datetime(2026, 3, 1, tzinfo=UTC)


def counters(rows: int = 200, **changes: list) -> pa.Table:
    columns = dict.fromkeys(CELL_COUNTERS.schema.names, [None] * rows)
    columns |= {
        "cell_id": [f"c{n % 4}" for n in range(rows)],
        "period_start_at": [START + timedelta(minutes=15 * (n // 4)) for n in range(rows)],
        "period_s": [900] * rows,
        "tch_attempts": [10] * rows,
        "tch_overflows": [1] * rows,
        "tch_seizures": [9] * rows,
        "handovers_in": [2] * rows,
        "drops": [0] * rows,
        "suspect": [False] * rows,
    }
    return pa.table(columns | changes, schema=CELL_COUNTERS.schema)


def test_a_sound_partition_has_no_findings_and_one_row() -> None:
    summary = quality_summary(CELL_COUNTERS, [("2026-03-01", counters()), ("2026-03-02", counters())])
    assert list(summary["partition"]) == ["2026-03-01", "2026-03-02"]
    assert list(summary["rows"]) == [200, 200]
    assert list(summary["subjects"]) == [4, 4]
    assert validate_summary(summary) == []


def test_each_fault_is_counted_and_found_at_its_partition() -> None:
    bad = counters(
        cell_id=["c0"] * 200,
        period_s=[None, 30, *[900] * 198],
        drops=[50] * 100 + [0] * 100,
        suspect=[True] * 20 + [None] * 180,
    )
    summary = quality_summary(CELL_COUNTERS, [("2026-03-01", counters()), ("2026-03-02", bad)])
    row = summary.set_index("partition").loc["2026-03-02"]
    assert row["duplicate_keys"] == 150
    assert row["nulls:period_s"] == 1
    assert row["outside:period_s"] == 1
    assert row["suspect_pct"] == 10
    assert row["broken_pct:drops <= tch_seizures + handovers_in"] == 50
    findings = validate_summary(summary)
    assert {finding.column: finding.suite for finding in findings} == {
        "duplicate_keys": SCHEMA_AND_KEYS,
        "nulls:period_s": SCHEMA_AND_KEYS,
        "outside:period_s": SCHEMA_AND_KEYS,
        "suspect_pct": PLAUSIBILITY,
        "broken_pct:drops <= tch_seizures + handovers_in": PLAUSIBILITY,
    }
    assert all([offender["partition"] for offender in one.offenders] == ["2026-03-02"] for one in findings)


def test_an_empty_partition_and_one_of_another_schema_are_found() -> None:
    empty = CELL_COUNTERS.schema.empty_table()
    other = counters().drop_columns(["drops"]).append_column("dropped", pa.array(["x"] * 200))
    findings = validate_summary(quality_summary(CELL_COUNTERS, [("2026-03-01", empty), ("2026-03-02", other)]))
    assert {finding.column for finding in findings} == {"rows", "schema_differs"}


def test_a_word_outside_the_vocabulary_is_counted_and_a_missing_one_is_not() -> None:
    kinds = ["mains_failure", "ufo", "site_down", None]
    rows = pa.Table.from_pylist([{"kind": kind} for kind in kinds], schema=pa.schema([ALARMS.schema.field("kind")]))
    summary = quality_summary(ALARMS, [("2026-03", rows)])
    assert summary["outside:kind"].item() == 1
    assert summary["nulls:kind"].item() == 1


def test_nothing_to_summarise_has_no_findings() -> None:
    assert validate_summary(quality_summary(CELL_COUNTERS, [])) == []
