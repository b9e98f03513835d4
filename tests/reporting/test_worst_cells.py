"""The worst cells as an engineer reads them."""

from pathlib import Path
from typing import Any

from ops_platform.facts import Facts, as_frame
from ops_platform.reporting.worst_cells import work_lists, worst_twenty
from tests.maintenance.builders import Row, on, store, table

CELL: Row = {
    "month_on": on("03-01"), "site_id": "S1", "office_id": "O1", "worst": True, "cause": "interference", "drops": 9,
    "reasons_zh": "规则 e", "reasons_en": "rules e", "evidence_zh": "干扰大", "evidence_en": "much interference",
    "next_step_zh": "扫频", "next_step_en": "scan", "office_drops_pct": 12.345, "drop_pct": 4.0,
}  # fmt: skip


def shown(root: Path, *rows: Row) -> tuple[Any, Facts]:
    offices = [
        {"office_id": "O1", "office_name": "甲", "office_name_en": "A"},
        {"office_id": "O2", "office_name": "乙", "office_name_en": "B"},
    ]
    facts = store(root, offices=offices, cells=[{"cell_id": "C1", "cell_name": "一号小区"}])
    return as_frame(table("worst_cells", *(CELL | row for row in rows))), facts


def test_the_twenty_worst_have_names_both_languages_and_the_trend(tmp_path: Path) -> None:
    rows, facts = shown(
        tmp_path,
        {"cell_id": "C1", "previous_drop_pct": 3.5, "previously_worst": True},
        {"cell_id": "C2", "worst": False},
        *({"cell_id": f"N{n}"} for n in range(20)),
    )
    header, _, first, *others = worst_twenty(rows, facts).splitlines()
    assert "趋势 Trend" in header
    for words in ("一号小区", "甲 A", "规则 e / rules e", "干扰大 / much interference", "12.3", "+0.50，上月也是"):
        assert words in first
    assert len([line for line in others if line.startswith("|")]) == 19
    assert others[-1].endswith("and 1 more row")
    assert not any("C2" in line for line in others)


def test_every_office_has_its_own_work_list(tmp_path: Path) -> None:
    rows, facts = shown(
        tmp_path,
        {"cell_id": "C1", "next_inspection_on": on("04-05"), "last_action": "tilt"},
        {"cell_id": "C3", "office_id": "O2"},
        {"cell_id": "C4", "worst": False},
    )
    second, first = work_lists(rows, facts).split("**甲 A** (1)")
    assert "**乙 B** (1)" in second
    assert "扫频 / scan" in first
    assert "2026-04-05" in first
    assert "C3" in second
    assert "C4" not in first + second


def test_no_worst_cells_is_said(tmp_path: Path) -> None:
    rows, facts = shown(tmp_path)
    assert "No worst cells" in work_lists(rows, facts)
