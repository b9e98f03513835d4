"""The definition book: every KPI of the month in force, in both languages, with targets, and the rules side by side."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ops_platform.contracts.cells import WORST_CELLS
from ops_platform.kpi import catalogue, power
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.platform import Platform
from ops_platform.reporting.definition_book import definition_book, evidence_name, rule_findings
from tests.kpi.months import MONTH, build, installation, measure, target
from tests.maintenance.builders import at, on, store

KPI = "fault_repair_in_limit"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Return an installation with targets of the branch, an office and a role, and three worst cells."""
    goals = [target(KPI), target(KPI, 85.0, office_id="O2"), target("technical_response", 95.0, scoring="ladder",
             baseline=None, challenge=None, ladder_step=0.5, ladder_points=2.5)]  # fmt: skip
    platform = installation(tmp_path, at("04-04 08:00"), measure(KPI, "O1", 8, 10), targets=goals)
    cell = {"month_on": on("03-01"), "office_id": "O1", "cause": "no_evidence", "drops": 5}
    store(
        platform.settings.warehouse,
        role_targets=[target(KPI, 80.0) | {"role": "generation"}],
        worst_cells=[
            cell | {"cell_id": "C1", "rules": "a e"},
            cell | {"cell_id": "C2", "rules": "e", "drops": 9},
            cell | {"cell_id": "C3", "rules": "b", "office_id": "O2"},
        ],
    )
    return build(platform)


def entry(book: str, kpi_id: str) -> str:
    return book.partition(f'id="{kpi_id}"')[2].partition("</article>")[0]


def test_every_kpi_stands_in_the_book_with_its_source_in_both_languages(platform: Platform) -> None:
    book = definition_book(platform, MONTH)
    assert re.findall(r'<article class="entry" id="(\w+)"', book) == list(CATALOGUE)
    for kpi in CATALOGUE.values():
        mine = entry(book, kpi.id).replace("&#39;", "'")
        assert kpi.source_zh in mine
        assert kpi.source in mine
        assert ("House definition" in mine) == kpi.house
        assert (">Standard<" in mine) == (kpi.origin == "standard")
        assert all(re.search(r"[\u4e00-\u9fff]", evidence_name(name)[0]) for name in kpi.evidence)
        assert f"v{kpi.version} {kpi.effective_from}" in mine


def test_the_targets_of_branch_office_and_role_are_told_with_how_they_are_scored(platform: Platform) -> None:
    book = definition_book(platform, MONTH)
    mine = re.sub(r"<[^>]+>", "", entry(book, KPI))
    assert "Branch: ≥ 90 · 权重Weight 10 · 线性：50 得 0 分，100 得满分linear: none at 50, full marks at 100" in mine
    assert "Houqi: ≥ 85" in mine
    assert "Qianqi" not in mine, "whose targets are the branch's is not repeated"
    assert "Generator crews: ≥ 80" in mine
    assert "ladder: 2.50 points less for every 0.50 short" in entry(book, "technical_response")
    assert "red below 69, blue above 90" in entry(book, "customer_satisfaction")


def test_a_new_version_stands_beside_the_old_and_old_months_keep_theirs(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    [old] = [kpi for kpi in power.KPIS if kpi.id == KPI]
    new = replace(old, version="2", effective_from=date(2026, 4, 1), meaning_en="As of April")
    monkeypatch.setitem(catalogue.DECLARED, "power", (*power.KPIS, new))
    march, april = (entry(definition_book(platform, month), KPI) for month in (MONTH, "2026-04"))
    assert old.meaning_zh in march.partition("<dl>")[0]
    assert "As of April" in april.partition("<dl>")[0]
    for book in (march, april):
        assert "v1 2026-01-01 – 2026-04-01" in book
        assert "v2 2026-04-01 –" in book


def test_worst_cell_rules_stand_side_by_side(platform: Platform) -> None:
    found = rule_findings(platform.facts.month(WORST_CELLS, MONTH), platform, ["O1", "O2"])
    assert {one.rule.id: (one.branch, one.offices) for one in found} == {
        "a": (1, [1, 0]), "b": (1, [0, 1]), "c": (0, [0, 0]), "d": (0, [0, 0]), "e": (2, [2, 0]),
    }  # fmt: skip
    assert [one.rule.id for one in found if one.selected] == ["e"]
    book = definition_book(platform, MONTH)
    table = book.partition('id="rules"')[2]
    assert table.index("C1") < table.index("C2") < table.index("C3"), "which meets most rules, then most drops, first"


def test_a_book_asks_for_nothing_but_itself(platform: Platform) -> None:
    book = definition_book(platform, MONTH)
    assert "http://" not in book
    assert "https://" not in book
