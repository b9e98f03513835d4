"""The open alerts in words: who has it, why nobody is told, what happens next; readable in a storm."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

from ops_platform.alerting.rules import Words
from ops_platform.alerting.standing import open_groups
from ops_platform.alerting.wording import MOST_LINES
from ops_platform.reporting.alert_words import apart
from ops_platform.reporting.open_alerts import Section, board, by_age, open_sections, summary
from tests.alerting.conftest import HAN, LI, NOW, evaluate, inspection, outage, pass_time
from tests.reporting.alerting import MINUTE, fill, installation


def sections(home: Path, after: timedelta = timedelta(0)) -> list[Section]:
    return open_sections(installation(home), NOW + after)


def test_each_state_is_said_in_both_languages(tmp_path: Path) -> None:
    fill(installation(tmp_path).state)
    lines = {line.name.zh: line for one in sections(tmp_path) for line in one.lines}
    assert {name: (line.state.zh, line.state.en) for name, line in lines.items()} == {
        "S1 站": ("未认领", "not acknowledged"),
        "S2 站": ("李雷 已认领，至 15:18", "acknowledged by 李雷 until 15:18"),
        "S3 站": ("13:26 到时成立", "becomes true at 13:26"),
        "S4 站": ("计划施工 PWW1，静默至 18:00", "planned work PWW1, silent until 18:00"),
        "S5 站": ("被 #1 立即出发发电 抑制", "explained by #1 Leave now with a generator"),
        "S6 站": ("发现时已久，仅记录", "old when found, recorded only"),
        "S7 站": ("未认领", "not acknowledged"),
        "S8 站": ("未认领", "not acknowledged"),
    }
    assert (lines["S1 站"].left.zh, lines["S1 站"].left.en) == ("还剩 42 分钟", "42 min left")
    assert [lines[name].since for name in ("S1 站", "S6 站", "S7 站")] == ["13:18", "03-03 13:18", "12:18"]


def test_a_group_says_how_far_it_was_told_and_what_comes_next(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    evaluate(platform.state, outage())

    def course(after: timedelta) -> tuple[str, str]:
        (one,) = sections(tmp_path, after)
        return one.told.en, one.then.en

    assert course(MINUTE) == ("Told up to step 1 of 3, last at 13:18", "Next: at 13:28, step 2 is told")
    assert course(15 * MINUTE) == ("Told up to step 1 of 3, last at 13:18", "Next: at once, step 2 is told")
    pass_time(platform.state, NOW + timedelta(hours=1), people=(LI, HAN))
    assert course(timedelta(hours=1)) == (
        "Told up to step 3 of 3, last at 13:58, reminders: 1", "Next: at 14:28, all are reminded"
    )  # fmt: skip
    pass_time(platform.state, NOW + timedelta(days=2))
    assert course(timedelta(days=2))[1] == "Nothing more is told unless something changes"


def test_a_storm_is_one_group_whose_most_urgent_are_named_and_the_others_counted(tmp_path: Path) -> None:
    evaluate(installation(tmp_path).state, *(outage(f"S{n:03d}", deadline_min=200 - n) for n in range(120)))
    (one,) = sections(tmp_path)
    assert one.count.zh == "120 个基站"
    text = board([one])
    assert text.count("| #") == MOST_LINES
    assert "另有 100 条 / and 100 more" in text
    assert text.index("S119 站") < text.index("S118 站")


def test_groups_of_one_rule_and_office_that_fare_alike_are_read_as_one(tmp_path: Path) -> None:
    evaluate(
        installation(tmp_path).state, inspection("S1", "2026-03-08"), inspection("S2", "2026-03-09"),
        rules=["inspection_overdue"],
    )  # fmt: skip
    (one,) = sections(tmp_path)
    assert [line.name.zh for line in one.lines] == ["S1 站", "S2 站"]


def test_no_reader_meets_utc_an_identifier_alone_or_an_empty_cell(tmp_path: Path) -> None:
    fill(installation(tmp_path).state)
    text = board(sections(tmp_path))
    assert "+00:00" not in text
    assert "T05:" not in text
    assert not re.search(r"\| *\|", text)
    assert "E07" not in text


def test_the_summary_counts_by_severity_state_and_age(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    fill(platform.state)
    found, ages = sections(tmp_path), by_age(open_groups(platform.state, platform.settings), NOW)
    assert ages["critical"] == Counter({"under 15 min": 4, "longer": 1})
    header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in summary(found, ages).splitlines()]
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    assert columns["紧急 Critical"] == tuple("6111340001")
    assert columns["重要 Major"] == tuple("1100000100")
    assert columns["告警 Alerts"][1:3] == ("未认领 Open", "已认领 Acked")


def test_what_is_true_of_a_whole_day_is_said_with_its_date_alone(tmp_path: Path) -> None:
    evaluate(installation(tmp_path).state, outage(true_min=-(13 * 60 + 18)))
    (one,) = sections(tmp_path)
    assert one.lines[0].since == "03-12"


def test_nothing_open_is_said(tmp_path: Path) -> None:
    assert "没有未解除的告警" in board(sections(tmp_path))


def test_the_number_of_an_alert_is_said_once_in_two_languages() -> None:
    assert apart(Words("#72 立即出发发电", "#72 Leave now")) == "#72 立即出发发电 / Leave now"
    assert apart(Words("#7 故障", "#72 Leave now")) == "#7 故障 / #72 Leave now"
