"""What differs from a published month is told line by line with its cause, and is published only for a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ops_platform.contracts.published import RESTATEMENTS
from ops_platform.contracts.service import TARGETS
from ops_platform.errors import PermanentError
from ops_platform.kpi import catalogue, power
from ops_platform.kpi.publishing import Publication, as_published, newest, publications, publish
from ops_platform.kpi.restatement import Difference, difference, restate
from ops_platform.platform import Platform
from ops_platform.policy import ComplaintPolicy, FaultPolicy, Policy
from tests.kpi.months import MONTH, accept, build, installation, later, measure, target
from tests.maintenance.builders import Row, at, table

FIRST, LATER = at("04-04 08:00"), at("04-06 08:00")
KPI, OTHER = "fault_repair_in_limit", "fault_report_timeliness"


def nothing(*_of: object) -> dict[str, bytes]:
    """Return no files."""
    return {}


@pytest.fixture
def published(tmp_path: Path) -> Platform:
    """Return an installation whose March was published, two days later."""
    rows = [measure(KPI, "O1", 8, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    platform = build(installation(tmp_path, FIRST, *rows, targets=[target(KPI), target(OTHER, 40.0)]))
    accept(platform, "faults", MONTH)  # what it was computed from is no cause of a later difference
    publish(platform, MONTH, nothing)
    return later(platform, LATER)


def of(platform: Platform) -> Difference:
    """Return how March differs from what was published of it."""
    standing = newest(platform.state, MONTH)
    assert standing is not None
    return difference(platform, standing)


def lines(found: Difference, level: str, kpi_id: str = KPI) -> dict[tuple[str, str], tuple[float, float]]:
    mine = found.lines[(found.lines["level"] == level) & (found.lines["kpi_id"] == kpi_id)]
    return {(row.office_id, row.figure): (row.before, row.after) for row in mine.itertuples()}


def why(found: Difference, **where: str) -> set[str]:
    mine = found.lines
    for column, value in where.items():
        mine = mine[mine[column] == value]
    return set(mine["why"])


def changed(platform: Platform, *rows: Row) -> Difference:
    """Return the difference after the measures of March became these."""
    build(platform, *rows)
    return of(platform)


def test_where_nothing_changed_there_is_no_line(published: Platform) -> None:
    found = of(build(published))
    assert (len(found.lines), len(found.subjects), found.receipts, len(found.definitions), found.policy) == (
        0, 0, [], 0, [],
    )  # fmt: skip


def test_late_data_is_told_figure_by_figure_with_the_receipts_it_came_by(published: Platform) -> None:
    accept(published, "faults", MONTH)
    accept(published, "complaints", MONTH)
    accept(published, "faults", "2026-04")
    rows = [measure(KPI, "O1", 7, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    found = changed(published, *rows)
    assert lines(found, "office") == {
        ("O1", "numerator"): (8, 7), ("O1", "value"): (80, 70), ("O1", "year_value"): (80, 70),
        ("O1", "score"): (60, 40),
    }  # fmt: skip
    assert lines(found, "branch")["", "value"] == (85, 80)
    assert ("O1", "score") in lines(found, "office", ""), "the total is told too"
    assert why(found) == {"data"}
    assert set(found.lines["receipts"]) == {"2"}, "neither of another feed nor of another month"
    assert [row["id"] for row in found.receipts] == [2, 3]
    (subject,) = found.subjects.to_dict("records")
    assert (subject["kpi_id"], subject["office_id"], subject["subject_id"]) == (KPI, "O1", "S1")
    assert (subject["numerator_before"], subject["numerator_after"]) == (8, 7)


def test_a_rank_that_changed_because_another_office_did_says_so(published: Platform) -> None:
    accept(published, "faults", MONTH)
    rows = [measure(KPI, "O1", 10, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    found = changed(published, *rows)
    assert why(found, office_id="O1", kpi_id=KPI, figure="rank") == {"data"}
    assert why(found, office_id="O2", kpi_id=KPI, figure="rank") == {"others"}
    assert lines(found, "office")["O2", "rank"] == (1, 2)


def test_what_fell_due_without_new_data_is_told_so(published: Platform) -> None:
    rows = [measure(KPI, "O1", 8, 11), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    assert why(changed(published, *rows), kpi_id=KPI, figure="denominator") == {"time"}


def test_another_target_changes_target_and_score_and_no_count(published: Platform) -> None:
    published.warehouse.write(TARGETS, table("targets", target(KPI, 95.0, challenge=90.0), target(OTHER, 40.0)))
    found = of(build(published))
    assert lines(found, "office")["O1", "target"] == (90, 95)
    assert why(found, kpi_id=KPI, figure="target") == {"target"}
    assert why(found, kpi_id=KPI, figure="score") == {"target"}
    assert why(found, kpi_id="", figure="score", office_id="O2") == {"target"}
    assert found.subjects.empty
    assert lines(found, "office", OTHER) == {}


def test_another_version_of_a_definition_is_a_cause(published: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    [old] = [kpi for kpi in power.KPIS if kpi.id == KPI]
    new = replace(old, version="2", effective_from=date(2026, 3, 1), meaning_en="Something else")
    monkeypatch.setitem(catalogue.DECLARED, "power", (*power.KPIS, new))
    rows = [measure(KPI, "O1", 6, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    found = changed(published, *rows)
    assert found.definitions["kpi_id"].tolist() == [KPI]
    assert found.definitions[["version_before", "version_after"]].to_numpy().tolist() == [["1", "2"]]
    assert why(found, kpi_id=KPI, figure="numerator") == {"definition"}
    before, after = (row["version"] for row in versions(published, old.id))
    assert (before, after) == ("1", "2"), "what was published keeps its definition"


def versions(platform: Platform, kpi_id: str) -> list[dict[str, str]]:
    standing = newest(platform.state, MONTH)
    assert standing is not None
    both = (as_published(platform.warehouse, "definitions", standing), catalogue.definitions(MONTH))
    return [row for rows in both for row in rows.to_pylist() if row["kpi_id"] == kpi_id]


def test_another_house_rule_is_told_with_its_name(published: Platform) -> None:
    policy = Policy(complaint=ComplaintPolicy(close_limit_h=48), fault=FaultPolicy(response_limit_min=20))
    moved = Platform(published.settings.model_copy(update={"policy": policy}))
    rows = [measure(KPI, "O1", 6, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10)]
    found = changed(moved, *rows)
    assert found.policy == [("complaint.close_limit_h", 72, 48), ("fault.response_limit_min", 15, 20)]
    assert why(found, kpi_id=KPI, figure="numerator") == {"policy"}


def test_a_change_of_an_earlier_month_moves_the_year_to_date_alone(published: Platform) -> None:
    build(published, measure(KPI, "O1", 1, 10, day="02-12"), month="2026-02")
    found = of(build(published))
    assert {figure for _, figure in lines(found, "office")} == {"year_value"}
    assert why(found, kpi_id=KPI) == {"earlier_months"}


# Publishing it


def test_a_restatement_is_published_with_its_lines_and_its_reason(published: Platform) -> None:
    accept(published, "faults", MONTH)
    build(published, measure(KPI, "O1", 7, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10))
    told: list[tuple[Publication, Difference]] = []

    def render(planned: Publication, found: Difference) -> dict[str, bytes]:
        told.append((planned, found))
        return {}

    made = restate(published, MONTH, render, "late orders of S1", "E7")
    assert (made.revision, made.reason, made.published_by) == (1, "late orders of S1", "E7")
    [(planned, found)] = told
    assert planned == made
    stored = published.warehouse.read(RESTATEMENTS, [MONTH]).to_pandas()
    assert set(stored["revision"]) == {1}
    pd.testing.assert_frame_equal(stored[list(found.lines)], found.lines, check_dtype=False)
    assert of(published).lines.empty, "what is published now is what is computed now"
    build(published, measure(KPI, "O1", 6, 10), measure(KPI, "O2", 9, 10), measure(OTHER, "O1", 5, 10))
    restate(published, MONTH, nothing, "more of them", "E7")
    assert set(published.warehouse.read(RESTATEMENTS, [MONTH])["revision"].to_pylist()) == {1, 2}
    assert [one.revision for one in publications(published.state, MONTH)] == [0, 1, 2]


@pytest.mark.parametrize(("reason", "who"), [("", "E7"), ("late orders", ""), ("  ", "E7")])
def test_nobody_restates_without_a_reason_and_a_name(published: Platform, reason: str, who: str) -> None:
    build(published, measure(KPI, "O1", 7, 10))
    with pytest.raises(PermanentError, match="needs a reason"):
        restate(published, MONTH, nothing, reason, who)


REFUSED: list[tuple[str, Callable[[Platform], object], str]] = [
    (MONTH, build, "nothing to restate"),
    ("2026-05", build, "has not been published"),
]


@pytest.mark.parametrize(("month", "before", "message"), REFUSED, ids=["unchanged", "unpublished"])
def test_there_must_be_something_to_restate(
    published: Platform, month: str, before: Callable[[Platform], object], message: str
) -> None:
    before(published)
    with pytest.raises(PermanentError, match=message):
        restate(published, month, nothing, "why not", "E7")
    assert len(publications(published.state, MONTH)) == 1
