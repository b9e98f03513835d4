"""For any history of files: facts are the last word about each key, and only touched partitions change."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts import FEEDS
from ops_platform.intake.fold import fold
from ops_platform.intake.receive import receive
from ops_platform.settings import Settings
from ops_platform.state import open_state
from ops_platform.warehouse import Warehouse

NOW = datetime(2026, 3, 20, tzinfo=UTC)
MONTHS = ("2026-01", "2026-02", "2026-03")
PLANS = "施工编号,基站编号,施工开始时间,施工结束时间,施工原因,批准人\n"
SITE_HEADER = "基站编号,基站名称,单位编码,纬度,经度,区域类型,基站等级,是否具备固定油机,入网日期\n"
SITE = SITE_HEADER + "S1,甲,O1,30,110,农村,A,否,2020-01-01\n"
FILE = st.dictionaries(
    st.sampled_from(["W1", "W2", "W3"]), st.tuples(st.sampled_from(MONTHS), st.integers(1, 9)), min_size=1
)


@settings(max_examples=25)
@given(files=st.lists(FILE, min_size=1, max_size=5))
def test_facts_are_the_last_word_about_each_key(files: list[dict[str, tuple[str, int]]]) -> None:
    folder = Path(mkdtemp())
    try:
        installation = Settings(home=folder)
        warehouse, state = Warehouse(installation.warehouse), open_state(installation.state)

        def send(name: str, text: str) -> tuple[str, ...]:
            (folder / name).write_text(text, encoding="utf-8")
            receipt = receive(folder / name, warehouse, state, installation, NOW)
            assert receipt.rows_quarantined == 0
            return () if receipt.repeated else receipt.partitions

        send("o.csv", "单位编码,单位名称,单位英文名\nO1,甲,A\n")
        send("s.csv", SITE)
        contract = FEEDS["planned_work"]
        truth: dict[str, tuple[str, int]] = {}
        before = {month: fold(contract, month, warehouse) for month in MONTHS}
        for number, file in enumerate(files):
            rows = [
                f"{key},S1,{month}-0{day} 08:00,{month}-0{day} 10:0{number},x,y" for key, (month, day) in file.items()
            ]
            touched = send(f"{number}.csv", PLANS + "\n".join(rows) + "\n")
            moved = {truth[key][0] for key, (month, _) in file.items() if key in truth and truth[key][0] != month}
            assert set(touched) == {month for month, _ in file.values()} | moved
            truth |= file
            after = {month: fold(contract, month, warehouse) for month in MONTHS}
            for month in MONTHS:
                keys = sorted(key for key, (there, _) in truth.items() if there == month)
                assert after[month]["work_id"].to_pylist() == keys
                days = [moment.day for moment in after[month]["starts_at"].to_pylist()]
                assert days == [truth[key][1] for key in keys]
                assert month in touched or after[month] == before[month]
            before = after
    finally:
        shutil.rmtree(folder)
