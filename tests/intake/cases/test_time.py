"""Cases 21 to 25: how times are written, which end of a period they are, alarms that outlive a window, durations."""

import gzip
import io
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from tests.intake.cases.builders import csv_of, pm_file, xlsx
from tests.intake.conftest import House, house_in
from tests.intake.test_mapping import save
from tests.intake.test_packaged_mappings import WORK_ORDERS

REAL = Path(__file__).parents[3].parent / "shared" / "realdata" / "pm_xml"
ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"
COUNTERS = "小区编号,开始时间,统计周期（秒）,TCH占用请求次数\n"


@pytest.fixture
def old_house(tmp_path: Path, known_network: Path) -> House:
    """Return an installation that keeps the years from which these exports are."""
    return house_in(tmp_path, known_network, first_month=date(2001, 1, 1))


def raised(house: House, partition: str) -> datetime:
    [row] = house.facts("alarms", partition).to_pylist()
    moment = row["raised_at"]
    assert isinstance(moment, datetime)
    return moment


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2015-12-25 08:26", "2015-12-25 00:26"),
        ("2016/1/1 8:26:22", "2016-01-01 00:26:22"),
        ("2016/1/3 0:00", "2016-01-02 16:00"),
        ("25/06/2001", "2001-06-24 16:00"),
        ("2019.11.25_15.34.34", "2019-11-25 07:34:34"),
        ("2026-04-14_01:53:38", "2026-04-13 17:53:38"),
        ('"2025-9-10,14:18:3.0,+3:0"', "2025-09-10 11:18:03"),
        ("20200518154500Z", "2020-05-18 15:45"),
        ("2020-05-18 15:45:00+0100", "2020-05-18 14:45"),
    ],
)
def test_case_21_every_way_to_write_a_time(old_house: House, written: str, utc: str) -> None:
    receipt = old_house.receive("a.csv", ALARMS + f"A1,S1,停电告警,{written},\n")
    assert receipt.rows_accepted == 1, old_house.aside()
    assert raised(old_house, receipt.partitions[0]) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_case_21_day_or_month_first_is_what_the_file_shows_or_is_asked(old_house: House) -> None:
    alone = ALARMS + "A1,S1,停电告警,01/11/2016 01:00:00,\n"
    assert old_house.receive("a.csv", alone).rows_quarantined == 1
    [row] = old_house.aside()
    assert (row["line"], row["column"], row["value"]) == (2, "raised_at", "01/11/2016 01:00:00")
    assert "日在前还是月在前" in row["reason"]
    assert "day_first: true or false" in row["reason"]
    shown = alone.replace("A1", "A2") + "A3,S1,停电告警,01/13/2016 01:00:00,\n"
    receipt = old_house.receive("b.csv", shown)
    assert (receipt.partitions, receipt.rows_accepted) == (("2016-01",), 2), "another row shows that it is 11 January"


def test_case_21_a_date_and_the_hour_in_a_column_of_its_own(house: House) -> None:
    save(
        house,
        "feed: cell_counters\nfile: kpi*\nday_first: false\ncolumns:\n  cell_id: Cell\n  tch_attempts: n\n"
        "  period_s: {constant: 3600}\n  period_start_at: {template: '{Date} {Hour}:00'}\n",
    )
    receipt = house.receive("kpi.csv", "Cell,Date,Hour,n\nC1,9/8/2025,7,4\nC1,9/8/2025,19,5\n")
    assert receipt.rows_accepted == 2, house.aside()
    found = house.facts("cell_counters", "2025-09-08").column("period_start_at").to_pylist()
    assert [f"{moment:%d %H}" for moment in found] == ["07 23", "08 11"]


def test_case_21_times_of_a_pm_file_off_the_minute_and_in_two_offsets(house: House) -> None:
    """A period may end 23 s past the minute, and begin and end may be written in two offsets."""
    content = pm_file({"C1": ["10", "9"]}, begin="2026-03-01T08:00:23-05:00", end="2026-03-01T07:15:23-06:00")
    receipt = house.receive("pm.xml.gz", gzip.compress(content))
    assert receipt.rows_accepted == 1, receipt.finding
    [row] = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert (row["period_start_at"], row["period_s"]) == (datetime(2026, 3, 1, 13, 0, 23, tzinfo=UTC), 900)
    assert "the file's times differ in offset (-0500, -0600)" in receipt.finding


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")
def test_case_21_a_real_pm_file_with_two_offsets_is_read_or_refused_in_plain_words(old_house: House) -> None:
    receipt = old_house.receive("A3.xml", (REAL / "bodastage_mdc" / "A3.xml").read_bytes())
    assert receipt.status == "refused"
    assert "没有一个已知计数器" in receipt.finding, "its times are read; its counters nobody here knows"


def test_case_21_time_cells_of_a_workbook_as_text_and_as_time(house: House) -> None:
    save(
        house,
        "feed: alarms\nfile: tower*\ncolumns: {alarm_id: id, site_id: site, kind: {constant: other}, "
        "raised_at: {template: '{Date} {Time In}'}, cleared_at: {template: '{Date} {Time Out}'}}\n",
    )
    day = date(2026, 3, 2)
    rows = [["id", "site", "Date", "Time In", "Time Out"]]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (*rows, ["A1", "S1", day, "  10:00:00 AM", " 1:30:00 PM "], ["A2", "S1", day, time(10), time(13, 30)]):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    assert house.receive("tower.xlsx", content.getvalue()).rows_accepted == 2, house.aside()
    found = {(row["raised_at"].hour, row["cleared_at"].hour) for row in house.facts("alarms", "2026-03").to_pylist()}
    assert found == {(2, 5)}


UPC = (
    "feed: cell_counters\nfile: upc*\n{stamp}columns:\n  cell_id: Cell\n  tch_attempts: n\n  period_s: 周期\n"
    "  period_start_at: {time}\n"
)


def test_case_22_a_time_of_day_without_its_date_keys_no_row(house: House) -> None:
    receipt = house.receive("upc.csv", COUNTERS + "C1,08:15,900,4\nC2,8:15:00,900,4\n".replace("\n", "\r\n"))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (0, 2)
    for row in house.aside():
        assert row["column"] == "period_start_at"
        assert "只有时刻，没有日期" in row["reason"]
        assert "a time of day without its date" in row["reason"]
    mapped = UPC.format(stamp="", time="{template: '2026-03-02 {时}'}")
    save(house, mapped)
    assert house.receive("upc2.csv", "Cell,时,周期,n\nC1,08:15,900,4\n").rows_accepted == 1, "the reason's advice helps"
    assert house.facts("cell_counters", "2026-03-02").num_rows == 1


def stamped(house: House, text: str, stamp: str = "stamp: end\n", name: str = "upc.csv") -> list[dict[str, object]]:
    save(house, UPC.format(stamp=stamp, time="止"))
    receipt = house.receive(name, "Cell,止,周期,n\n" + text)
    rows = [row for day in receipt.partitions for row in house.facts("cell_counters", day).to_pylist()]
    return sorted(rows, key=lambda row: row["period_start_at"])


def test_case_22_a_time_may_be_the_end_of_its_period(house: House) -> None:
    text = "C1,2026-03-02 00:00,900,1\nC1,2026/3/2 1:00,60分钟,2\nC1,2026-03-02T02:00:00+08:00,0.5小时,3\n"
    rows = stamped(house, text)
    starts = [f"{row['period_start_at']:%d %H:%M}" for row in rows]
    assert starts == ["01 15:45", "01 16:00", "01 17:30"]
    assert house.facts("cell_counters", "2026-03-01").num_rows == 1, "midnight ends the day before"


def test_case_22_start_is_the_default_and_may_be_said(house: House) -> None:
    for number, stamp in enumerate(("", "stamp: start\n")):
        [row] = stamped(house, f"C1,2026-03-0{number + 2} 08:00,900,1\n", stamp)
        assert row["period_start_at"] == datetime(2026, 3, number + 2, tzinfo=UTC)


def test_case_22_an_end_is_counted_back_after_its_zone_and_order_are_known(house: House) -> None:
    zone = "stamp: end\ntime_zone: Europe/Berlin\n"
    text = "C1,29/03/2026 03:00,3600,1\nC1,01/03/2026 01:00,3600,2\n"
    rows = stamped(house, text, zone)
    assert [f"{row['period_start_at']:%m-%d %H:%M}" for row in rows] == ["02-28 23:00", "03-29 00:00"]


def test_case_22_what_ends_a_period_is_set_aside_and_released_as_such(house: House) -> None:
    assert not stamped(house, "C9,2026-03-02 08:15,900,1\nC1,2026-03-02 08:15,一刻,1\nC1,-,900,1\n")
    unknown, length, missing = house.aside()
    assert unknown["row"]["period_start_at"] == "PT900S/2026-03-02 08:15", "it says what it is"
    assert length["column"] in {"period_start_at", "period_s"}
    assert "不是整数" in length["reason"]
    assert "缺少必填值" in missing["reason"]
    house.receive("more cells.csv", "小区编号,基站编号,制式\nC9,S1,4G\n")
    assert [receipt.rows_accepted for receipt in house.release("cells")] == [1]
    [row] = house.facts("cell_counters", "2026-03-02").to_pylist()
    assert row["period_start_at"] == datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def test_case_22_only_rows_with_a_period_have_an_end(house: House) -> None:
    save(house, "feed: cells\nstamp: end\ncolumns: {cell_id: 小区, site_id: 站, technology: 制}\n")
    assert "stamp: end needs a feed whose rows have a period_s; cells has none" in house.receive("x.csv", "a\n").finding


def test_case_23_alarms_that_clear_weeks_later_and_at_once(house: House) -> None:
    """147 lasted more than a day, one 29.4 days beyond the window; 15 began and ended in one second."""
    text = "A1,S1,停电告警,2026-01-30 23:50:00,2026-02-28 09:26:00\n"
    text += "A2,S1,停电告警,2026-01-30 08:00:00,2026-01-30 08:00:00\n"
    receipt = house.receive("alarms.csv", ALARMS + text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    assert (receipt.partitions, receipt.months) == (("2026-01",), ("2026-01", "2026-02"))


def test_case_23_raise_and_clear_out_of_order_and_flapping(house: House) -> None:
    lines = "".join(
        f"U2020,S1,X2断链,2026-03-14 {at // 120:02d}:{at // 2 % 60:02d}:{30 * (at % 2):02d},{state}\n"
        for at in range(856) for state in ("cleared", "major")
    )  # fmt: skip
    receipt = house.receive("neteco.txt", lines)
    assert (receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_duplicate) == (1712, 0, 0)
    swapped = house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 09:00,2026-03-01 08:00\n")
    assert swapped.rows_accepted == 1, "stored as the source says; the check on plausibility of the table warns"
    [row] = house.facts("alarms", "2026-03").to_pylist()
    assert row["cleared_at"] < row["raised_at"]


def test_case_23_weekly_rows_beside_hourly_ones_are_told_or_left_out(house: House) -> None:
    head = "小区,时间,周期,n\n"
    text = head + "C1,2026-03-02 00:00,60分钟,4\nC1,2026-03-02 00:00,1周,400\nC2,2026-03-02 00:00,60分钟,5\n"
    mapping = (
        "feed: cell_counters\nfile: {name}\ncolumns: {{cell_id: 小区, period_start_at: 时间, period_s: 周期, "
        "tch_attempts: n}}\n{drop}"
    )
    save(house, mapping.format(name="a*", drop=""))
    receipt = house.receive("a.csv", text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 1)
    [row] = house.aside()
    assert (row["line"], row["column"], row["value"]) == (3, "period_s", "1周")
    assert "超出范围 60 … 86400" in row["reason"], "a week is understood, and is no period of counters"
    save(house, mapping.format(name="b*", drop="drop: {周期: 1周}\n"))
    receipt = house.receive("b.csv", text.replace("03-02", "03-03"))
    assert (receipt.rows_read, receipt.rows_accepted) == (2, 2)
    assert "周期 = 1周 (1)" in receipt.finding


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1时57分", 7020), ("00:04:10", 250), ("23:59:59", 86_399), ("6小时", 21_600), ("0天17时33分", 63_180),
        ("90分钟", 5400), ("PT15M", 900), ("3600", 3600),
    ],
)  # fmt: skip
def test_case_24_durations_as_text(house: House, written: str, seconds: int) -> None:
    assert house.receive("k.csv", COUNTERS + f"C1,2026-03-02 00:00,{written},4\n").rows_accepted == 1, house.aside()
    assert house.facts("cell_counters", "2026-03-02").column("period_s").to_pylist() == [seconds]


@pytest.mark.parametrize("written", ["6天17时33分", "超44天6时36分", "5天", "49:04:10"])
def test_case_24_durations_beyond_a_day_and_overdue_ones_are_understood(house: House, written: str) -> None:
    """Understood as lengths of time, and therefore out of bounds for the period of a counter, not unreadable."""
    assert house.receive("k.csv", COUNTERS + f"C1,2026-03-02 00:00,{written},4\n").rows_quarantined == 1
    [row] = house.aside()
    assert (row["column"], row["value"], row["problem"]) == ("period_s", written, "bounds")


def test_case_24_a_header_that_says_its_form_is_read_by_it(house: House) -> None:
    save(
        house,
        "feed: cell_counters\nfile: d*\ncolumns: {cell_id: 小区, period_start_at: 时间, period_s: '持续时间*'}\n",
    )
    book = {"x": [["小区", "时间", "持续时间(hh:mm:ss)"], ["C1", "2026-03-02 08:00", "00:04:10"]]}
    assert house.receive("d.xlsx", xlsx(book)).rows_accepted == 1, house.aside()
    assert house.facts("cell_counters", "2026-03-02").column("period_s").to_pylist() == [250]


def test_case_25_limits_and_remaining_times_of_work_orders_keep_no_row_out(house: House) -> None:
    """The order's 7天 is stored; its 最迟结单时间 and 剩余时长 are not, because the rules on faults measure them.

    That clock (statutory holidays, make-up Saturdays, calendar days from a date on) is `maintenance.fault_limits`.
    """
    order = {"基站编号": "S1", "派单时间": "2026/2/14 8:26:22", "处理时限": "7天", "是否交维": "是", "故障原因": "停电"}
    orders = [
        order | {"工单编号": "W1", "最迟结单时间": "2026/2/28 8:26", "剩余时长": "6天17时33分"},
        order | {"工单编号": "W2", "最迟结单时间": "2026/2/21 8:26", "剩余时长": "超44天6时36分"},
        order | {"工单编号": "W3", "最迟结单时间": "2026/2/21 8:26", "剩余时长": "", "结单时间": "2026/2/15 8:00"},
    ]
    receipt = house.receive("工单查询20260320.csv", csv_of(WORK_ORDERS, *orders).encode("gb18030"))
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("faults", 3, 0)
    rows = {row["fault_id"]: row for row in house.facts("faults", "2026-02").to_pylist()}
    assert {row["occurred_at"] for row in rows.values()} == {datetime(2026, 2, 14, 0, 26, 22, tzinfo=UTC)}
    assert [rows[name]["repaired_at"] is None for name in ("W1", "W2", "W3")] == [True, True, False]
    assert {row["limit_days"] for row in rows.values()} == {7.0}
