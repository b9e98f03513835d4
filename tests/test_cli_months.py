"""The commands about targets, months that are over, and single people, over a real installation."""

from pathlib import Path

import openpyxl
import pytest

from ops_platform.cli import main
from ops_platform.kpi.publishing import newest
from ops_platform.platform import Platform
from ops_platform.reporting.publication import close_month
from tests.kpi.months import MONTH, accept, build, installation, measure, target
from tests.maintenance.builders import at, store

KPI = "fault_repair_in_limit"


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Return the installation that the environment names, whose March can be closed."""
    monkeypatch.setenv("OPS_HOME", str(tmp_path))
    monkeypatch.setenv("OPS_FROZEN_AT", "2026-04-04T08:00:00+08:00")
    monkeypatch.setenv("OPS_POLICY__SCORING__WEIGHTS_SUM", "10")
    monkeypatch.setenv("COLUMNS", "200")
    rows = [measure(KPI, "O1", 8, 10, staff_id="E1"), measure(KPI, "O2", 9, 10)]
    platform = installation(tmp_path, at("04-04 08:00"), *rows, targets=[target(KPI)])
    people = [{"staff_id": "E1", "staff_name": "张三丰", "office_id": "O1", "role": "maintenance"}]
    faults = [{"fault_id": "F1", "staff_id": "E1", "occurred_at": at("03-12 08:00"), "repaired_at": at("03-16 08:00")}]
    store(platform.settings.warehouse, staff=people, sites=[{}], faults=faults)
    return build(platform)


def test_restate_shows_first_and_publishes_only_for_a_reason(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="has not been published"):
        main(["restate", MONTH])
    close_month(platform, MONTH)
    accept(platform, "faults", MONTH)
    build(platform, measure(KPI, "O1", 7, 10, staff_id="E1"), measure(KPI, "O2", 9, 10))
    main(["restate", MONTH])
    shown = capsys.readouterr().out
    assert "late or corrected data" in shown
    assert "faults.csv" in shown
    standing = newest(platform.state, MONTH)
    assert standing is not None
    assert standing.revision == 0, "to look publishes nothing"
    main(["restate", MONTH, "--reason", "late orders", "--who", "E7"])
    made = newest(platform.state, MONTH)
    assert made is not None
    assert (made.revision, made.reason, made.published_by) == (1, "late orders", "E7")
    assert "published/r1" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="nothing to restate"):
        main(["restate", MONTH, "--reason", "again", "--who", "E7"])


def test_targets_go_out_to_a_workbook_and_come_back_checked(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "goals.xlsx"
    main(["targets", "export", str(file)])
    main(["targets", "check", str(file)])
    main(["targets", "check"])
    assert "nothing is wrong" in capsys.readouterr().out
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["E2"] = 9
    book.save(file)
    with pytest.raises(SystemExit, match="add up to 9, not 10"):
        main(["targets", "load", str(file)])
    assert not (platform.settings.inbox / file.name).exists()
    book.worksheets[0]["E2"] = 10
    book.worksheets[0]["D2"] = 92
    book.save(file)
    main(["targets", "load", str(file)])
    assert (platform.settings.inbox / file.name).read_bytes() == file.read_bytes()


def test_a_month_is_shown_under_other_targets(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    main(["targets", "under", MONTH])
    assert f"{MONTH} → 2027-01" in capsys.readouterr().out
    main(["targets", "under", MONTH, "--of", "2026-09"])
    assert f"{MONTH} → 2026-09" in capsys.readouterr().out


def test_a_breakdown_goes_down_to_the_site_or_to_the_event(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["breakdown", KPI, "--month", MONTH])
    assert "F1" not in capsys.readouterr().out
    main(["breakdown", KPI, "--month", MONTH, "--office", "O1", "--events"])
    shown = capsys.readouterr().out
    assert "F1" in shown
    assert "branch" not in shown


def test_a_person_s_page_is_written_for_who_may_see_it(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "e1.html"
    main(["person", "E1", "--month", MONTH, "--as", "E1", "--file", str(file)])
    assert "张三丰" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    with pytest.raises(SystemExit, match="E2 may not see"):
        main(["person", "E1", "--month", MONTH, "--as", "E2", "--file", str(tmp_path / "other.html")])
