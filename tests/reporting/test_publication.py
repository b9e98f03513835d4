"""A month is published with its report, restated with the lines that changed, and marks what is contested."""

from pathlib import Path

import openpyxl
import pytest

from ops_platform.contracts.events import CONTESTS
from ops_platform.errors import PermanentError
from ops_platform.kpi.explain import RowsBehind
from ops_platform.kpi.fairness import contested_events
from ops_platform.kpi.publishing import broken_parts, folder_of
from ops_platform.kpi.restatement import difference
from ops_platform.platform import Platform
from ops_platform.reporting.assemble import BOOK, MAP, PAGE, PDFS, WORKBOOK, month_report
from ops_platform.reporting.fairness import astray_words
from ops_platform.reporting.page import render
from ops_platform.reporting.pdf import browser
from ops_platform.reporting.publication import close_month, restate_month
from ops_platform.reporting.restatement import difference_tables, restated_rows, told
from ops_platform.settings import PeopleSettings
from tests.kpi.months import MONTH, accept, build, installation, later, measure, target
from tests.maintenance.builders import at, on, store, table

FIRST, LATER = at("04-04 08:00"), at("04-06 08:00")
KPI = "fault_repair_in_limit"
CONTEST = {
    "contest_id": "C1", "kpi_id": KPI, "event_id": "F1", "event_on": on("03-12"), "office_id": "O1", "raised_by": "E1",
    "raised_at": at("03-20 09:00"), "reason": "洪水<断路>", "evidence": "照片",
}  # fmt: skip


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the browser from the machine, where what is published need not be printed too: printing takes seconds."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Return an installation whose March has figures, an open contest and a map."""
    rows = [measure(KPI, "O1", 8, 10, excluded=3.0, staff_id="E1"), measure(KPI, "O2", 9, 10)]
    platform = installation(tmp_path, FIRST, *rows, targets=[target(KPI)])
    store(
        platform.settings.warehouse,
        staff=[{"staff_id": "E1", "staff_name": "张三丰", "office_id": "O1", "role": "maintenance"}],
        sites=[{}],
        faults=[{"fault_id": "F1", "occurred_at": at("03-12 08:00"), "repaired_at": at("03-16 08:00")}],
        contests=[CONTEST],
    )
    drawn = platform.settings.reports / MONTH / MAP
    drawn.parent.mkdir(parents=True)
    drawn.write_text("<p>map</p>", encoding="utf-8")
    return build(platform)


def changed(platform: Platform) -> Platform:
    """Return the installation two days later, after a late file moved the figures."""
    moved = later(platform, LATER)
    accept(moved, "faults", MONTH)
    return build(moved, measure(KPI, "O1", 7, 10, excluded=3.0, staff_id="E1"), measure(KPI, "O2", 9, 10))


def test_what_people_read_is_kept_whole(platform: Platform) -> None:
    made = close_month(platform, MONTH)
    folder = folder_of(platform.settings, made)
    printed = set(PDFS.values()) if browser() else set()
    assert {file.name for file in folder.iterdir()} == {PAGE, WORKBOOK, BOOK, MAP, "manifest.json"} | printed
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert made.content_sha256[:12] in page
    assert "已发布" in page
    assert f'href="{MAP}"' in page, "the map beside it is the one of that day"
    assert openpyxl.load_workbook(folder / WORKBOOK).sheetnames
    (platform.settings.reports / MONTH / MAP).write_text("<p>another map</p>", encoding="utf-8")
    assert broken_parts(platform, made) == []


@pytest.mark.usefixtures("unprinted")
def test_the_live_page_says_when_it_is_no_longer_what_was_published(platform: Platform) -> None:
    made = close_month(platform, MONTH)
    same = render(month_report(platform, MONTH))
    assert "published/r0" not in same
    now = render(month_report(changed(platform), MONTH))
    assert 'href="published/r0/monthly_report.html"' in now
    assert "revision 0" in now
    assert "Provisional" in now
    (folder_of(platform.settings, made) / PAGE).unlink()
    assert "published/r0" not in render(month_report(later(platform, LATER), MONTH)), "no link leads nowhere"


@pytest.mark.usefixtures("unprinted")
def test_a_restated_page_shows_every_line_of_branch_and_offices_and_the_reason(platform: Platform) -> None:
    close_month(platform, MONTH)
    moved = changed(platform)
    made = restate_month(moved, MONTH, "迟到的故障单", "E7")
    page = (folder_of(moved.settings, made) / PAGE).read_text(encoding="utf-8")
    restated = page.partition('id="restated"')[2].partition("</section>")[0]
    assert "迟到的故障单" in restated
    assert "前旗" in restated
    assert ">8<" in restated
    assert ">7<" in restated
    assert "late or corrected data" in restated
    assert "E1" not in restated, "people are not named"
    again = render(month_report(moved, MONTH))
    assert 'id="restated"' not in again
    assert "published/r1" not in again, "what is published is what is computed"


@pytest.mark.usefixtures("unprinted")
def test_lines_are_told_in_both_languages_the_branch_first(platform: Platform) -> None:
    standing = close_month(platform, MONTH)
    moved = changed(platform)
    found = difference(moved, standing)
    rows = told(found.lines, moved.facts.whole("offices"))
    assert rows["who"].tolist()[0] == ("分公司", "Branch")
    assert {("故障处理及时率", "Faults repaired in time"), ("总分", "Total score")} == set(rows["kpi"])
    several = told(found.lines.assign(why="data definition"), moved.facts.whole("offices"))
    assert several["why"].tolist()[0] == ("迟到或更正的数据、定义换版", "late or corrected data, another definition")
    tables = difference_tables(found, moved.facts)
    assert set(tables) == {"lines", "receipts", "subjects"}
    assert tables["receipts"]["received_at"].tolist() == ["2026-04-06 08:00"]
    report = month_report(platform, MONTH, standing, found.lines)
    assert {row["who"] for row in restated_rows(report)} == {("分公司", "Branch"), ("前旗", "Qianqi")}


# Fairness


def test_what_is_contested_is_marked_until_it_is_decided(platform: Platform) -> None:
    report = month_report(platform, MONTH)
    assert report.contested == {("O1", KPI): 1, ("", KPI): 1}
    page = render(report)
    assert "申诉中 1" in page
    assert "contested 1" in page
    assert "洪水&lt;断路&gt;" in page, "what people typed is no markup"
    decided = CONTEST | {"decision": "rejected", "decided_by": "主任", "decided_at": at("03-22 09:00")}
    platform.warehouse.write(CONTESTS, table("contests", decided), MONTH)
    report = month_report(platform, MONTH)
    assert report.contested == {}
    page = render(report)
    assert "申诉中 1" not in page
    assert "Rejected" in page


def test_a_contest_of_nothing_says_that_there_is_no_such_event(platform: Platform) -> None:
    platform.warehouse.write(CONTESTS, table("contests", CONTEST | {"event_id": "F9"}), MONTH)
    report = month_report(platform, MONTH)
    assert report.contested == {}
    assert "No such event counts" in render(report)


def test_a_check_tells_in_words_which_contests_name_nothing(platform: Platform) -> None:
    offices = platform.facts.whole("offices")
    lost = CONTEST | {"event_id": "F9"}
    platform.warehouse.write(CONTESTS, table("contests", lost, *(lost | {"contest_id": f"C{n}", "event_id": f"G{n}"}
                             for n in range(2, 13))), MONTH)  # fmt: skip
    rows = contested_events(RowsBehind(platform.facts, MONTH, platform.settings.policy, platform.now()))
    zh, en = astray_words(rows[~rows["found"]], offices)
    assert "C1（前旗）：故障处理及时率在 2026-03-12 没有事件 F9" in zh
    assert "C1 (Qianqi): Faults repaired in time counts no event F9 on 2026-03-12" in en
    assert "2 more" in en
    assert astray_words(rows.head(0), offices)[1] == "Every contest names an event that counts."


def test_what_was_left_out_stands_beside_the_rate_of_each_office(platform: Platform) -> None:
    page = render(month_report(platform, MONTH)).partition('class="plain stack exclusions"')[2].partition("</table>")[0]
    assert "80.00%" in page
    assert ">剔除</span>" in page
    assert "3</small>" in page
    assert "0</small>" in page


# People


@pytest.mark.parametrize("named", [False, True])
def test_people_are_called_by_name_only_where_settings_say_so(platform: Platform, *, named: bool) -> None:
    settings = platform.settings.model_copy(update={"people": PeopleSettings(names_on_pages=named)})
    page = render(month_report(Platform(settings), MONTH))
    assert ("张三丰" in page) == named
    assert "E1" in page or named


def test_what_cannot_be_restated_says_why(platform: Platform) -> None:
    with pytest.raises(PermanentError, match="has not been published"):
        restate_month(platform, MONTH, "why not", "E7")
