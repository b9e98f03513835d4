"""A file that nobody described gets a draft of a mapping that a person completes."""

import pytest
import yaml

from ops_platform.cli import main
from ops_platform.errors import PermanentError
from ops_platform.intake.suggest import suggest
from tests.intake.conftest import House
from tests.intake.test_explain import platform
from tests.intake.test_mapping import save

EXPORT = (
    "动环告警导出,,,,\n站点,告警内容,发生时刻,恢复时刻,值班员备注\n"
    "S1,市电停电告警,2026-03-01 08:00,2026-03-01 09:00,x\n"
    "S2,蓄电池放电,2026-03-02 08:00,,\nS2,门禁,2026-03-02 09:00,,\n"
)


def draft(house: House, text: str, feed: str | None = None, name: str = "动环0501.csv") -> str:
    return suggest(house.file(name, text), platform(house), feed)


def test_the_draft_names_feed_file_and_columns_with_examples(house: House) -> None:
    text = draft(house, EXPORT)
    found = yaml.safe_load(text)
    assert (found["feed"], found["file"]) == ("alarms", "动环*.csv")
    assert found["columns"]["site_id"] == "站点", "its values are sites that have arrived"
    assert found["columns"]["kind"]["words"] == {"mains_failure": ["市电停电告警"], "?": ["门禁"]}
    assert found["columns"]["raised_at"] == "发生时刻"
    assert found["columns"]["alarm_id"] == {"template": "{站点} {发生时刻}"}
    assert "S1, S2" in text
    assert "#   值班员备注: x" in text


def test_the_draft_becomes_a_mapping_once_what_is_open_is_filled_in(house: House) -> None:
    text = draft(house, EXPORT)
    save(house, text)
    refused = house.receive("动环0501.csv", EXPORT)
    assert "kind has no word ?" in refused.finding
    save(house, text.replace('"?"', '"other"'))
    assert house.receive("动环0501.csv", EXPORT).rows_accepted == 3


def test_every_table_of_a_file_gets_its_document_and_a_feed_may_be_given(house: House) -> None:
    text = draft(house, "S1,甲,2026-03-14_03:03:53\nS2,乙,2026-03-14_04:03:53\n", "room_access", "gate.csv")
    found = yaml.safe_load(text)
    assert (found["feed"], found["header_row"]) == ("room_access", 0)
    assert (found["columns"]["site_id"], found["columns"]["visitor"]) == ("1", {"constant": None})


def test_what_cannot_be_drafted_is_told(house: House) -> None:
    with pytest.raises(PermanentError, match=r"there is no feed alarm: offices, .*alarms"):
        draft(house, EXPORT, "alarm")
    with pytest.raises(PermanentError, match="empty"):
        draft(house, "")


def test_a_table_that_is_like_no_feed_is_told_with_all_there_are(house: House) -> None:
    with pytest.raises(PermanentError, match="no feed is like this table, name one with --feed: offices"):
        draft(house, "~~ report ~~\nxyzzy\nplugh\n", name="strange.txt")


def test_counters_that_are_stamped_at_the_end_of_their_period_are_drafted_so(house: House) -> None:
    text = "Cell,End Time,Granularity,TCH占用请求次数\nC1,2026-03-01 08:15,900,5\n"
    found = draft(house, text, "cell_counters", "pm.csv")
    assert yaml.safe_load(found)["stamp"] == "end"
    assert "drops TCH掉话次数" in found, "what else the feed could hold"
    assert "stamp" not in yaml.safe_load(draft(house, text.replace("End", "Begin"), "cell_counters", "pm.csv"))


def test_the_command_prints_the_draft(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPS_HOME", str(house.settings.home))
    main(["intake", "suggest", str(house.file("动环1.csv", EXPORT))])
    assert yaml.safe_load(capsys.readouterr().out)["feed"] == "alarms"
    with pytest.raises(SystemExit, match="no feed"):
        main(["intake", "suggest", str(house.file("动环1.csv", EXPORT)), "--feed", "x"])
