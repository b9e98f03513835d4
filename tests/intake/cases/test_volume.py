"""Cases 27 and 28: repeats in volume, and free text with people's names in it.

Case 26, MR objects of several rows, of which each is one sample, stands with the reader of ``bulkPmMrDataFile``.
"""

import io

import dagster as dg
from rich.console import Console

from assets.facts import quarantine, receipts
from assets.results import table_result
from ops_platform.contracts import FEEDS
from ops_platform.contracts.network import STAFF
from ops_platform.facts import as_frame
from ops_platform.intake.explain import Explanation, explain
from ops_platform.platform import Platform
from ops_platform.reporting.explanation import explanation_tables
from ops_platform.reporting.masking import SOMEBODY, Mask, staff_mask
from tests.intake.cases.builders import xlsx
from tests.intake.conftest import NOW, House

COUNTERS = "小区编号,开始时间,统计周期（秒）,TCH占用请求次数\n"


def test_case_27_samples_below_a_second_that_were_stored_at_one_second(house: House) -> None:
    """A drive test of two samples a second repeats 7,968 times: one stands for each, the other is kept by its line."""
    moments = [f"2026-03-02 {at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}" for at in range(7968)]
    rows = [f"C1,{moment},60,{number}\n" for moment in moments for number in (1, 2)]
    receipt = house.receive("drive.csv", COUNTERS + "".join(rows))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (15_936, 7968, 7968)
    assert set(house.facts("cell_counters", "2026-03-02").column("tch_attempts").to_pylist()) == {2}
    assert "lines 2 and 3 share a key, but differ in tch_attempts" in house.aside()[0]["reason"]


def test_case_27_samples_below_a_second_are_told_apart_where_the_file_tells_them(house: House) -> None:
    rows = [f"C1,2026-03-02 08:00:{at // 4:02d}.{at % 4 * 25:02d},60,{at}\n" for at in range(200)]
    receipt = house.receive("drive.csv", COUNTERS + "".join(rows))
    assert (receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_duplicate) == (200, 0, 0)


def test_case_27_exact_repetitions_are_counted_and_stand_once(house: House) -> None:
    rows = [f"C{1 + at % 2},2026-03-02 {at // 2:02d}:00,3600,{at}\n" for at in range(48)]
    receipt = house.receive("upc.csv", COUNTERS + "".join([*rows, *rows, *rows, *rows[:10]]))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_duplicate) == (154, 48, 106)
    assert receipt.rows_quarantined == 0


PEOPLE = (
    "工号,姓名,单位编码,岗位,联系电话\n"
    "E1,张三,O1,维护员,1\nE2,张三丰,O1,维护员,2\nE3,Li Wei,O1,维护员,3\nE4,甲,O1,维护员,4\n"
)
NOTE = "　滤网已清洗　　请张三复查；\n张　三丰（电话已留）与LI  WEI同去，李伟未到"
HIDDEN = f"滤网已清洗　　请{SOMEBODY}复查； {SOMEBODY}（电话已留）与{SOMEBODY}同去，李伟未到"
ITEMS = "巡检编号,检查项编码,检查内容,检查日期,检查情况,备注\n"


def with_notes(house: House) -> Platform:
    """Receive a register of people and inspections whose remarks name them, and return the installation."""
    assert house.receive("staff.csv", PEOPLE).rows_accepted == 4
    rows = f'I1,101,空调,2026-03-02,是,"{NOTE}"\nI1,102,门锁,2026-03-02,张　三说好,"{NOTE}"\n'
    rows += "I1,103,门锁,2026-03-02,否,x\n"
    receipt = house.receive("巡检.csv", (ITEMS + rows).encode("gb18030"))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 1)
    return Platform(house.settings.model_copy(update={"frozen_at": NOW}))


def test_case_28_free_text_is_stored_as_it_was_written(house: House) -> None:
    with_notes(house)
    stored = {row["item_code"]: row["remark"] for row in house.facts("inspection_items", "2026-03").to_pylist()}
    assert stored == {"101": NOTE.strip(), "103": "x"}
    [row] = house.aside()
    assert row["line"] == 4, "line breaks inside a cell are counted"
    assert row["row"]["remark"] == NOTE, "what is set aside is kept with its names too"


def test_case_28_free_text_of_a_workbook_is_stored_as_it_was_written(house: House) -> None:
    book = {"x": [ITEMS.strip().split(","), ["I1", "101", "空调", "2026-03-02", "是", NOTE]]}
    house.receive("巡检.xlsx", xlsx(book))
    assert house.facts("inspection_items", "2026-03").column("remark").to_pylist() == [NOTE.strip()]


def test_case_28_names_are_hidden_where_facts_receipts_and_quarantine_are_shown(house: House) -> None:
    platform = with_notes(house)
    items = FEEDS["inspection_items"]
    shown = table_result(platform, items, ["2026-03"], 2, as_frame(house.facts(items.name, "2026-03")))
    waiting = quarantine(platform=platform)
    house.receive("巡检2.csv", ITEMS + "I2,1,门,2026-03-02,是,\n合计：张三\n")
    arrived = receipts(platform=platform)
    metadata = [value for result in (shown, waiting, arrived) for value in (result.metadata or {}).values()]
    texts = [value.value for value in metadata if isinstance(value, dg.MarkdownMetadataValue)]
    for name in ("张三", "张　三", "张\\\\u3000三", "Li Wei"):
        assert not [text for text in texts if name in text]
    assert HIDDEN in texts[0], "the rest of the note is there"
    assert any(f"'{SOMEBODY}说好'" in text for text in texts), "a reason names the cell without its person"


def test_case_28_the_register_of_people_itself_is_shown(house: House) -> None:
    platform = with_notes(house)
    shown = table_result(platform, STAFF, [""], 4, as_frame(house.facts(STAFF.name)))
    assert "张三丰" in str((shown.metadata or {})["preview"])


def test_case_28_names_are_hidden_where_a_file_is_explained(house: House) -> None:
    platform = with_notes(house)
    [part] = explain(house.folder / "巡检.csv", platform)
    assert isinstance(part, Explanation)
    console = Console(width=400, record=True, file=io.StringIO())
    console.print(*explanation_tables(part, platform.settings.zone, staff_mask(platform.warehouse)))
    text = console.export_text()
    assert "张三" not in text
    assert f"请{SOMEBODY}复查" in text
    assert f"'{SOMEBODY}说好'" in text, "also as a reason quotes it"


def test_case_28_a_mask_hides_whole_names_and_nothing_else() -> None:
    mask = Mask(["王五", "An", "甲", "欧阳 修"])
    hidden = f"{SOMEBODY}到{SOMEBODY} Giang，Antenna正常，甲县，{SOMEBODY}"
    assert mask("王 五到An Giang，Antenna正常，甲县，欧阳修") == hidden
    assert Mask()("王五") == "王五"
