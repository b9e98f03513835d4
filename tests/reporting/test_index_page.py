"""The page over all months leads to every office's card; a month that runs holds no rank and no flag."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from ops_platform.clock import first_day
from ops_platform.reporting import markdown
from ops_platform.reporting.index_page import Index, render_index

FILES = {"page": "month.html", "workbook": "month.xlsx"}


@pytest.fixture
def index() -> Index:
    rows = [
        {"month_on": first_day(month), "level": "office", "office_id": office, "score": score, "rank": rank}
        for month, scores in (("2026-02", (90.0, 80.0)), ("2026-03", (70.0, 85.0)))
        for office, score, rank in zip(("TR", "<b>"), scores, (1, 2) if scores[0] > scores[1] else (2, 1), strict=True)
    ]
    offices = pd.DataFrame(
        {"office_id": ["TR", "<b>"], "office_name": ["同仁", "<b>"], "office_name_en": ["Tongren", ""]}
    )
    return Index(
        branch="黄南", branch_en="Huangnan", offices=offices, rankings=pd.DataFrame(rows),
        published={"2026-02": datetime(2026, 3, 3, tzinfo=UTC)}, files={"2026-02": FILES, "2026-03": FILES},
        generated_at=datetime(2026, 3, 20, tzinfo=UTC), zone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip


def test_a_score_leads_to_the_office_s_card_of_its_month(index: Index) -> None:
    html = render_index(index)
    assert 'href="2026-02/month.html#office-TR">90.0' in html
    assert 'href="2026-03/month.xlsx"' in html
    assert html.index("2026-03/month.html") < html.index("2026-02/month.html")
    assert "<b>" not in html


def test_only_a_month_that_is_over_has_ranks_and_a_flag(index: Index) -> None:
    html = render_index(index)
    assert html.count("流动红旗") == 1
    over = render_index(Index(**{**index.__dict__, "generated_at": datetime(2026, 4, 2, tzinfo=UTC)}))
    assert over.count("流动红旗") == 2


def test_the_same_stands_in_the_catalogue_of_assets(index: Index) -> None:
    lines = markdown.months(index).splitlines()
    assert lines[2].startswith("| 2026-03 | 未发布 Not published | 70.0 (目前 so far)")
    assert "90.0 (1) 流动红旗 Red flag" in lines[3]
