"""What is behind a figure: the rows that count, what is left out, and why; their sums are the measure."""

from dataclasses import replace
from datetime import date

import pytest

from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.kpi import catalogue, power
from ops_platform.kpi.catalogue import CATALOGUE, SUBJECTS
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.explain import LOOKED_INTO, RowsBehind, explain, kpi_of, shortfalls
from ops_platform.kpi.measures import COUNTS, month_measures
from ops_platform.policy import Policy
from tests.kpi.conftest import AS_OF, MONTH
from tests.maintenance.builders import at, span, store

POLICY = Policy()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    outage = {"failed_at": at("03-12 08:00"), "restored_at": at("03-12 20:00"), "deadline_at": at("03-12 11:00")}
    fault = {
        "occurred_at": at("03-12 08:00"),
        "reported_at": at("03-12 08:05"),
        "responded_at": at("03-12 08:15"),
        "reported_cause": "power",
        "confirmed_cause": "power",
        "repeat_dispatches": 1,
        "returns": 0,
    }
    exempt = {"kpi_id": "fault_repair_in_limit", "event_id": "F-exempt", "approved_at": at("03-20 00:00")}
    return store(
        tmp_path_factory.mktemp("warehouse"),
        offices=[{}], sites=[{}, {"site_id": "S2", "office_id": "O2"}],
        staff=[{"staff_id": "E1", "contractor": "甲公司"}, {"staff_id": "E2"}],
        mains_outages=[
            outage | {"mains_outage_id": "good", "outcome": "in_time"},
            outage | {"mains_outage_id": "bad", "outcome": "late"},
            outage | {"mains_outage_id": "away", "outcome": "exempt", "excluded_by": "MZ1"},
            outage | {"mains_outage_id": "elsewhere", "outcome": "late", "office_id": "O2", "site_id": "S2",
                      "staff_id": "E2"},
            outage | {"mains_outage_id": "open", "outcome": "pending"},
        ],
        faults=[
            fault | {"fault_id": "F-slow", "repaired_at": at("03-15 08:00")},
            fault | {"fault_id": "F-exempt", "repaired_at": at("03-15 08:00")},
            fault | {"fault_id": "F-of-another", "repaired_at": at("03-12 09:00"), "staff_id": "E2"},
        ],
        exclusions=[span("03-12 00:00", "03-20 00:00", exclusion_id="MZ9", **exempt)],
    )  # fmt: skip


def test_what_fell_short_comes_first_and_what_is_left_out_says_why(facts: Facts) -> None:
    rows = explain(kpi_of("generator_timeliness"), RowsBehind(facts, MONTH, POLICY, AS_OF), {"office_id": "O1"})
    found = rows[["mains_outage_id", "numerator", "denominator", "excluded", "outcome", "excluded_by"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["bad", 0, 1, 0, "late", None], ["away", 0, 0, 1, "exempt", "MZ1"], ["good", 1, 1, 0, "in_time", None],
    ]  # fmt: skip


def test_an_exempt_fault_names_its_exclusion(facts: Facts) -> None:
    rows = explain(kpi_of("fault_repair_in_limit"), RowsBehind(facts, MONTH, POLICY, AS_OF)).set_index("fault_id")
    assert rows.loc["F-exempt", ["denominator", "excluded", "exempt_fault_repair_in_limit"]].tolist() == [0, 1, "MZ9"]
    assert rows.loc["F-slow", ["numerator", "denominator", "excluded"]].tolist() == [0, 1, 0]


@pytest.mark.parametrize("kpi_id", CATALOGUE)
def test_the_rows_behind_every_kpi_sum_to_its_measure(facts: Facts, kpi_id: str) -> None:
    kpi = kpi_of(kpi_id)
    subject = next(name for name, kpis in SUBJECTS.items() if kpi in kpis)
    measured = month_measures(subject, facts, MONTH, POLICY, AS_OF).to_pandas()
    measured = measured[measured["kpi_id"] == kpi_id]
    rows = explain(kpi, RowsBehind(facts, MONTH, POLICY, AS_OF))
    assert rows[list(COUNTS)].sum().tolist() == measured[list(COUNTS)].sum().tolist()


def test_the_rows_of_a_contractor_are_those_of_its_people(facts: Facts) -> None:
    rows = explain(kpi_of("generator_timeliness"), RowsBehind(facts, MONTH, POLICY, AS_OF), {"contractor": "甲公司"})
    assert rows["mains_outage_id"].tolist() == ["bad", "away", "good"]


@pytest.mark.parametrize("kpi", SUBJECTS["power"], ids=lambda kpi: kpi.id)
def test_the_rows_of_a_contractor_sum_to_its_people_s_measures(facts: Facts, kpi: Kpi) -> None:
    measured = month_measures("power", facts, MONTH, POLICY, AS_OF).to_pandas()
    measured = measured[(measured["kpi_id"] == kpi.id) & (measured["staff_id"] == "E1")]
    rows = explain(kpi, RowsBehind(facts, MONTH, POLICY, AS_OF), {"contractor": "甲公司"})
    assert rows[list(COUNTS)].sum().tolist() == measured[list(COUNTS)].sum().tolist()
    assert measured["denominator"].sum() > 0


def test_an_unknown_contractor_is_told_with_those_that_there_are(facts: Facts) -> None:
    with pytest.raises(PermanentError, match="the staff register has no contractor 丙公司; it has: 甲公司"):
        explain(kpi_of("generator_timeliness"), RowsBehind(facts, MONTH, POLICY, AS_OF), {"contractor": "丙公司"})


def test_an_unknown_kpi_is_told_with_the_nearest() -> None:
    with pytest.raises(PermanentError, match="there is no KPI generator_timelines; try generator_timeliness"):
        kpi_of("generator_timelines")


def test_a_month_is_explained_by_the_definition_in_force_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    [old] = [kpi for kpi in power.KPIS if kpi.id == "site_outages"]
    new = replace(old, version="2", effective_from=date(2026, 3, 1))
    monkeypatch.setitem(catalogue.DECLARED, "power", (*power.KPIS, new))
    assert [kpi_of("site_outages", month).version for month in ("2026-02", "2026-03")] == ["1", "2"]


def test_the_dearest_events_of_each_office_are_told_by_kpi(facts: Facts) -> None:
    rows = shortfalls(RowsBehind(facts, MONTH, POLICY, AS_OF), most=1)
    mine = rows[rows["kpi_id"] == "fault_repair_in_limit"]
    assert mine[["office_id", "event_id", "site_id", "cost"]].to_numpy().tolist() == [["O1", "F-slow", "S1", 1.0]]
    hours = rows[rows["kpi_id"] == "fault_repair_time"]
    assert hours["event_id"].tolist() == ["F-exempt"], "of as many the first by its number"
    assert set(rows["kpi_id"]) <= {kpi.id for kpi in CATALOGUE.values() if kpi.table in LOOKED_INTO}
