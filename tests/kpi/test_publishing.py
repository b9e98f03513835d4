"""A published month does not change, whatever arrives later, unless it is restated; then both revisions stay."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.contracts.published import PUBLISHED, PUBLISHED_SCORECARDS
from ops_platform.contracts.scores import RANKINGS, SCORECARDS
from ops_platform.errors import PermanentError
from ops_platform.kpi import publishing
from ops_platform.kpi.catalogue import kpis_in_force
from ops_platform.kpi.publishing import (
    MANIFEST,
    Publication,
    as_published,
    broken_parts,
    closes_at,
    content_hash,
    folder_of,
    is_current,
    newest,
    publications,
    publish,
    receipts_of,
)
from ops_platform.platform import Platform
from ops_platform.policy import ComplaintPolicy, Policy
from ops_platform.settings import Settings
from ops_platform.state import PUBLISHED_MONTH
from ops_platform.warehouse import write_whole
from tests.kpi.months import MONTH, accept, build, installation, later, measure
from tests.maintenance.builders import at, on, table

FIRST, LATER = at("04-04 08:00"), at("04-06 08:00")
KPI = "fault_repair_in_limit"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Return an installation whose March has figures and can be published."""
    return build(installation(tmp_path, FIRST, measure(KPI, "O1", 8, 10), measure(KPI, "O2", 9, 10)))


def page(planned: Publication) -> dict[str, bytes]:
    """Return a report that names what it is."""
    return {"page.html": f"{planned.month} r{planned.revision} {planned.content_sha256}".encode()}


def test_a_month_is_published_with_all_that_its_figures_rest_on(platform: Platform) -> None:
    accept(platform, "faults", MONTH)
    accept(platform, "faults", "2026-04")
    accept(platform, "sites")
    accept(platform, "faults", MONTH, status="refused")
    made = publish(platform, MONTH, page)
    assert (made.month, made.revision, made.published_at, made.reason) == (MONTH, 0, FIRST, "")
    assert set(made.parts) == {*PUBLISHED, "receipts", "policy"}
    assert made.receipts == (1, 3), "neither what was refused nor what is of a later month is what it was computed from"
    assert made.policy["complaint"]["close_limit_h"] == 72
    live = platform.warehouse.read(SCORECARDS, [MONTH])
    assert as_published(platform.warehouse, "scorecards", made) == live
    assert made.parts["scorecards"] == content_hash(live)
    assert as_published(platform.warehouse, "rankings", made) == platform.warehouse.read(RANKINGS, [MONTH])
    definitions = as_published(platform.warehouse, "definitions", made).to_pylist()
    assert {row["kpi_id"]: row["version"] for row in definitions} == {
        kpi.id: kpi.version for kpi in kpis_in_force(MONTH).values()
    }
    goals = as_published(platform.warehouse, "targets", made).to_pylist()
    assert {(row["office_id"], row["kpi_id"], row["target"]) for row in goals} == {
        (office, KPI, 90.0) for office in ("", "O1", "O2")
    }
    sums = as_published(platform.warehouse, "sums", made).to_pylist()
    assert {(row["office_id"], row["subject_id"], row["numerator"]) for row in sums} == {
        ("O1", "S1", 8.0), ("O2", "S1", 9.0),
    }  # fmt: skip
    assert newest(platform.state, MONTH) == made


@pytest.mark.parametrize(("month", "seen"), [("2026-03", ["2026-01", "2026-03"]), ("2026-01", ["2025-12", "2026-01"])])
def test_receipts_are_those_of_the_months_that_a_scorecard_looks_back_at(
    platform: Platform, month: str, seen: list[str]
) -> None:
    for one in ("2025-11", "2025-12", "2026-01", "2026-03", "2026-04"):
        accept(platform, "faults", one)
    assert [row["months"][0] for row in receipts_of(platform.state, month)] == seen


@pytest.mark.parametrize("part", [*PUBLISHED, "receipts", "policy"])
def test_the_content_hash_is_over_every_part(platform: Platform, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publish(platform, MONTH, page)
    with platform.state.transaction() as connection:
        connection.execute(PUBLISHED_MONTH.delete())
    assert publish(platform, MONTH, page).content_sha256 == before.content_sha256, "the same content, the same hash"
    with platform.state.transaction() as connection:
        connection.execute(PUBLISHED_MONTH.delete())
    if part == "receipts":
        accept(platform, "faults", MONTH)
    elif part == "policy":
        settings = platform.settings.model_copy(update={"policy": Policy(complaint=ComplaintPolicy(repeat_days=31))})
        platform = Platform(settings)
    else:
        everything = publishing.live
        monkeypatch.setattr(publishing, "live", lambda *of: {n: t.slice(n == part) for n, t in everything(*of).items()})
    after = publish(platform, MONTH, page)
    assert after.content_sha256 != before.content_sha256
    assert {name for name in before.parts if before.parts[name] != after.parts[name]} == {part}


def test_publishing_again_changes_nothing(platform: Platform) -> None:
    first = publish(platform, MONTH, page)
    build(later(platform, LATER), measure(KPI, "O1", 7, 10))
    assert publish(later(platform, LATER), MONTH, page) == first
    assert len(platform.state.rows(sa.select(PUBLISHED_MONTH))) == 1


def contents(root: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_late_data_leaves_every_published_byte_as_it_is(platform: Platform) -> None:
    made = publish(platform, MONTH, page)
    tables = {part: platform.warehouse.path(contract, MONTH).read_bytes() for part, contract in PUBLISHED.items()}
    report = contents(folder_of(platform.settings, made))
    accept(platform, "faults", MONTH)
    build(later(platform, LATER), measure(KPI, "O1", 7, 10))
    publish(later(platform, LATER), MONTH, page)
    assert {part: platform.warehouse.path(contract, MONTH).read_bytes() for part, contract in PUBLISHED.items()} == (
        tables
    )
    assert contents(folder_of(platform.settings, made)) == report
    assert newest(platform.state, MONTH) == made
    assert broken_parts(platform, made) == []


def test_the_report_is_kept_with_a_manifest_that_can_be_checked_anywhere(platform: Platform) -> None:
    made = publish(platform, MONTH, page)
    folder = folder_of(platform.settings, made)
    assert (folder / "page.html").read_bytes() == page(made)["page.html"]
    assert (folder / "page.html").stat().st_mode & 0o222 == 0, "nobody writes over it by mistake"
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["month"], manifest["revision"], manifest["content_sha256"]) == (MONTH, 0, made.content_sha256)
    assert manifest["parts"] == made.parts
    assert list(manifest["files"]) == ["page.html"]


def test_what_somebody_changed_behind_our_back_is_found(platform: Platform) -> None:
    made = publish(platform, MONTH, page)
    file = folder_of(platform.settings, made) / "page.html"
    file.chmod(0o644)
    file.write_text("better figures")
    rows = platform.warehouse.read(PUBLISHED_SCORECARDS, [MONTH])
    platform.warehouse.write(PUBLISHED_SCORECARDS, rows.slice(1), MONTH)
    assert broken_parts(platform, made) == ["scorecards", "page.html"]
    file.unlink()
    assert "page.html" in broken_parts(platform, made)


def test_a_restatement_is_a_revision_of_its_own_and_the_first_stays(platform: Platform) -> None:
    first = publish(platform, MONTH, page)
    report = contents(folder_of(platform.settings, first))
    moved = build(later(platform, LATER), measure(KPI, "O1", 7, 10))
    second = publish(moved, MONTH, page, "late orders", "E7")
    assert (second.revision, second.reason, second.published_by, second.published_at) == (1, "late orders", "E7", LATER)
    assert publications(platform.state, MONTH) == [first, second]
    values = [
        {row["office_id"]: row["value"] for row in as_published(platform.warehouse, "scorecards", one).to_pylist()
         if row["kpi_id"] == KPI and row["level"] == "office"}
        for one in (first, second)
    ]  # fmt: skip
    assert values == [{"O1": 80.0, "O2": 90.0}, {"O1": 70.0, "O2": None}]
    assert contents(folder_of(platform.settings, first)) == report
    assert broken_parts(platform, first) == broken_parts(platform, second) == []


def test_what_a_crash_left_is_written_again(platform: Platform) -> None:
    def dies(_planned: Publication) -> dict[str, bytes]:
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        publish(platform, MONTH, dies)
    assert newest(platform.state, MONTH) is None
    left = table("scorecards", {"month_on": on("03-01"), "kpi_id": KPI})
    left = left.add_column(0, PUBLISHED_SCORECARDS.schema.field(0), [[0]])
    platform.warehouse.write(PUBLISHED_SCORECARDS, left, MONTH)
    made = publish(platform, MONTH, page)
    assert broken_parts(platform, made) == []


def test_two_who_publish_at_once_do_not_write_over_each_other(platform: Platform) -> None:
    def slow(planned: Publication) -> dict[str, bytes]:
        publish(platform, MONTH, page)
        return {"page.html": b"second"} if planned else {}

    with pytest.raises(PermanentError, match="a moment ago"):
        publish(platform, MONTH, slow)
    made = newest(platform.state, MONTH)
    assert made is not None
    assert broken_parts(platform, made) == []


def test_each_month_is_published_on_its_own(platform: Platform) -> None:
    build(platform, measure(KPI, "O1", 5, 10, day="04-10"), month="2026-04")
    march, april = (publish(platform, month, page) for month in (MONTH, "2026-04"))
    assert march.content_sha256 != april.content_sha256
    assert newest(platform.state, MONTH) == march


def test_a_month_without_scorecard_cannot_be_published(platform: Platform) -> None:
    with pytest.raises(PermanentError, match="2026-05 has no scorecard"):
        publish(platform, "2026-05", page)


def test_what_was_published_before_revisions_were_kept_is_revision_0(platform: Platform) -> None:
    old = table("scorecards", {"month_on": on("02-01"), "kpi_id": KPI, "value": 3.0})
    file = platform.warehouse.path(PUBLISHED_SCORECARDS, "2026-02")
    write_whole(old, file, platform.warehouse.root)
    values: dict[str, Any] = {"month": "2026-02", "revision": 0, "published_at": FIRST, "policy_version": "1",
                              "content_sha256": content_hash(old), "receipts": [1]}  # fmt: skip
    with platform.state.transaction() as connection:
        connection.execute(PUBLISHED_MONTH.insert().values(values))
    made = newest(platform.state, "2026-02")
    assert made is not None
    assert (made.parts, made.reason) == ({}, "")
    platform.warehouse.write(SCORECARDS, old, "2026-02")
    assert is_current(platform, made)
    platform.warehouse.write(SCORECARDS, old.slice(1), "2026-02")
    assert not is_current(platform, made)
    assert as_published(platform.warehouse, "scorecards", made)["value"].to_pylist() == [3.0]
    assert broken_parts(platform, made) == []


def test_the_hash_is_that_of_the_rows_however_they_were_written() -> None:
    rows = table("scorecards", {"month_on": on("03-01"), "value": 3.0}, {"month_on": on("03-01"), "value": None})
    pieces = [rows.slice(0, 1), rows.slice(1, 1).replace_schema_metadata({"written by": "someone"})]
    again = type(rows).from_batches([batch for piece in pieces for batch in piece.to_batches()], schema=rows.schema)
    assert content_hash(again.replace_schema_metadata({"a": "b"})) == content_hash(rows)
    assert content_hash(rows.slice(0, 1)) != content_hash(rows)


def test_a_month_closes_once_a_complaint_of_its_last_minute_had_its_three_days() -> None:
    settings = Settings()
    received = at("03-31 23:59")
    assert closes_at("2026-03", settings) == at("04-04 08:00")
    limit_h = settings.policy.complaint.close_limit_h
    assert (closes_at("2026-03", settings) - received).total_seconds() > limit_h * 3600
    assert closes_at("2026-02", settings.model_copy(update={"close_day": 3, "close_hour": 9})) == at("03-03 09:00")
