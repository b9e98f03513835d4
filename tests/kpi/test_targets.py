"""Targets are checked as configuration, and a month can be scored under those of another."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from ops_platform.contracts.scores import SCORECARDS
from ops_platform.errors import PermanentError
from ops_platform.kpi.scoring import goals
from ops_platform.kpi.target_files import after_file
from ops_platform.kpi.targets import flaws, next_year, under_targets_of
from ops_platform.platform import Platform
from ops_platform.policy import ScoringPolicy
from ops_platform.reporting.targets_book import NAME, SUM, targets_book
from tests.kpi.months import MONTH, build, installation, measure, target
from tests.maintenance.builders import Row, at, frame, on, store

KPI, OTHER = "fault_repair_in_limit", "fault_repair_time"
NOW = at("04-04 08:00")
POLICY = ScoringPolicy(weights_sum=10)


def found(*rows: Row, roles: tuple[Row, ...] = (), policy: ScoringPolicy = POLICY) -> list[str]:
    every = flaws(frame("targets", *rows), frame("role_targets", *roles), ["O1", "O2"], policy)
    assert all(flaw.zh and flaw.en for flaw in every)
    return [f"{flaw.where}: {flaw.en}" for flaw in every]


def of_role(role: str = "generation", **more: Any) -> Row:
    return target(KPI) | {"role": role} | more


def test_what_is_in_order_has_no_flaw() -> None:
    lower = target(OTHER, 24.0, weight=4.0, baseline=48.0, challenge=12.0)
    assert found(target(KPI, weight=6.0), lower) == []
    ladder = {"scoring": "ladder", "ladder_step": 1.0, "ladder_points": 5.0, "baseline": None, "challenge": None}
    assert found(target(KPI, **ladder)) == []


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"kpi_id": "no_such"}, "there is no KPI"),
        ({"office_id": "O9"}, "there is no office O9"),
        ({"baseline": None}, "needs a baseline"),
        ({"challenge": None}, "needs a baseline"),
        ({"baseline": 100.0, "challenge": 50.0}, "the challenge be the higher"),
        ({"target": 101.0}, "must lie between"),
        ({"target": 49.0}, "must lie between"),
        ({"baseline": 90.0, "challenge": 90.0}, "must lie between"),
        ({"scoring": "ladder", "ladder_step": 0.0, "ladder_points": 5.0}, "both above 0"),
        ({"scoring": "ladder", "ladder_step": 1.0, "ladder_points": None}, "both above 0"),
    ],
)
def test_a_row_that_cannot_be_scored_is_a_flaw(change: Row, flaw: str) -> None:
    first = found(target(KPI) | change)[0]
    assert flaw in first
    assert (change.get("kpi_id") or KPI) in first, "it names the row"


def test_where_lower_is_better_the_challenge_is_the_lower() -> None:
    assert "the challenge be the lower" in found(target(OTHER, 24.0, baseline=12.0, challenge=48.0))[0]


def test_weights_that_do_not_add_up_are_told_by_office_and_month() -> None:
    rows = [target(KPI), target(KPI, office_id="O2", weight=9.0), target(KPI, since="02-15", weight=12.0)]
    assert found(*rows) == [
        "O2 2026-01: the weights add up to 9, not 10",
        "分公司 branch 2026-03: the weights add up to 12, not 10",
        "O1 2026-03: the weights add up to 12, not 10",
    ]  # what is effective from the middle of a month holds from the next on
    assert found(target(KPI), policy=ScoringPolicy()) != [], "the sum is a house rule"


def test_the_weights_of_a_role_are_checked_with_those_it_takes_from_its_office() -> None:
    rows = [target(KPI, weight=6.0), target(OTHER, 24.0, weight=4.0, baseline=48.0, challenge=12.0)]
    assert found(*rows, roles=(of_role(weight=6.0),)) == []
    assert found(*rows, roles=(of_role(weight=7.0),)) == [
        "O1 generation 2026-01: the weights add up to 11, not 10",
        "O2 generation 2026-01: the weights add up to 11, not 10",
    ]


# Roles


def test_people_have_the_targets_of_their_role_before_those_of_their_office(tmp_path: Path) -> None:
    staff = [{"staff_id": "E1", "role": "generation"}, {"staff_id": "E2", "role": "service"}]
    platform = installation(
        tmp_path, NOW, *(measure(KPI, "O1", 8, 10, staff_id=who) for who in ("E1", "E2")),
        targets=[target(KPI), target(OTHER, 24.0, baseline=48.0, challenge=12.0)],
    )  # fmt: skip
    later = of_role(target=60.0, effective_from=on("04-01"))
    roles = [of_role(target=80.0, weight=3.0), of_role(target=70.0, office_id="O2"), later]
    store(platform.settings.warehouse, staff=staff, role_targets=roles)
    cards = build(platform).facts.month(SCORECARDS, MONTH)
    mine = cards[cards["kpi_id"] == KPI].set_index(["level", "staff_id", "office_id"])
    assert mine.loc[("person", "E1", "O1"), ["target", "weight", "met"]].tolist() == [80, 3, True]
    assert mine.loc[("person", "E2", "O1"), ["target", "weight", "met"]].tolist() == [90, 10, False]
    assert mine.loc[("office", "", "O1"), "target"] == 90
    in_force = goals(platform.facts, MONTH).set_index(["role", "office_id", "kpi_id"])["target"]
    assert in_force["generation", "O2", KPI] == 70, "the office's own before every office's"
    assert in_force["generation", "O1", OTHER] == 24, "what the role does not say is the office's"
    assert ("generation", "", KPI) not in in_force, "a branch has no role"


# Under other targets


def test_a_month_is_scored_under_the_targets_of_another_month(tmp_path: Path) -> None:
    measures = [measure(KPI, "O1", 8, 10), measure(KPI, "O2", 10, 10)]
    harder = target(KPI, 95.0, baseline=80.0) | {"effective_from": on("01-01").replace(year=2027)}
    platform = build(installation(tmp_path, NOW, *measures, targets=[target(KPI), harder]))
    cards = platform.facts.month(SCORECARDS, MONTH)
    scores = under_targets_of(platform.facts, cards, MONTH, "2027-01").set_index(["level", "office_id", "kpi_id"])
    assert scores.loc[("office", "O1", KPI), ["score", "other_score"]].tolist() == [60, 0]
    assert scores.loc[("office", "O1", ""), ["score", "rank", "other_score", "other_rank"]].tolist() == [60, 2, 0, 2]
    same = under_targets_of(platform.facts, cards, MONTH, MONTH)
    pd.testing.assert_series_equal(same["score"], same["other_score"], check_names=False)


def test_next_year_begins_in_january() -> None:
    assert next_year("2026-05") == "2027-01"


# A workbook


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Return an installation with two KPIs' targets, an office's own, and a role's."""
    rows = [target(KPI), target(KPI, office_id="O2", goal=85.0), target("technical_response", 95.0, scoring="ladder",
            baseline=None, challenge=None, ladder_step=0.5, ladder_points=2.5)]  # fmt: skip
    home = installation(tmp_path, NOW, measure(KPI, "O1", 8, 10), targets=rows)
    store(home.settings.warehouse, role_targets=[of_role(weight=3.0)])
    return home


def written(platform: Platform, path: Path) -> Path:
    facts = platform.facts
    path.write_bytes(targets_book(facts.whole("targets"), facts.whole("role_targets")))
    return path


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["kpi_id", "office_id", "effective_from"], ignore_index=True).sort_index(axis=1)


def test_a_workbook_that_nobody_edited_changes_nothing(platform: Platform, tmp_path: Path) -> None:
    after = after_file(platform, written(platform, tmp_path / "targets.xlsx"))
    for feed, rows in zip(("targets", "role_targets"), after, strict=True):
        stored = platform.facts.whole(feed)
        numbers = rows.astype(stored.dtypes.to_dict())
        pd.testing.assert_frame_equal(ordered(numbers), ordered(stored))


def test_what_is_edited_in_the_workbook_comes_back(platform: Platform, tmp_path: Path) -> None:
    file = written(platform, tmp_path / "targets.xlsx")
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    [row] = [row for row in sheet.iter_rows(min_row=2) if (row[0].value, row[1].value) == (KPI, "O2")]
    row[header.index("目标值")].value = 88
    assert {NAME, SUM} <= set(header)
    assert any(KPI in str(one.value) or "故障" in str(one.value) for one in row)
    sheet.append(["technical_response", "O1", on("06-01"), 97, 5, "扣分", None, None, 1, 2])
    book.save(file)
    targets, _ = after_file(platform, file)
    goal = targets.set_index(["kpi_id", "office_id"])["target"]
    assert (goal[KPI, "O2"], goal[KPI, "*"], goal["technical_response", "O1"], len(targets)) == (88, 90, 97, 4)
    assert platform.facts.whole("targets")["target"].tolist().count(85) == 1, "nothing is loaded by looking"


def test_a_bad_cell_is_told_with_its_row(platform: Platform, tmp_path: Path) -> None:
    file = written(platform, tmp_path / "targets.xlsx")
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["D3"] = "high"
    book.save(file)
    with pytest.raises(PermanentError, match=r"targets\.xlsx\n.*Targets 3: .*high"):
        after_file(platform, file)


def test_a_file_of_something_else_is_refused(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("工号,姓名,单位编码,岗位\nE1,张三,O1,经理\n", encoding="utf-8")
    with pytest.raises(PermanentError, match="no targets but"):
        after_file(platform, file)


def test_the_workbook_adds_up_weights_before_the_eyes_of_who_edits(platform: Platform, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(platform, tmp_path / "targets.xlsx"))
    assert book.sheetnames == ["单位目标 Targets", "岗位目标 Roles"]
    sheet = book.worksheets[0]
    assert str(sheet.cell(2, sheet.max_column).value).startswith("=SUMIFS($E:$E,$B:$B,B2,$C:$C,C2)")
    assert sheet.freeze_panes == "B2"
    assert any("线性" in str(rule.formula1) for rule in sheet.data_validations.dataValidation)
