"""The year's power: mains beside the standard, what a string or a set would have saved, who was sent how often."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.power_review import (
    BASELINES,
    against_baseline,
    crews_load,
    power_review,
    worth_strengthening,
)
from tests.maintenance.builders import Row, at, frame, on, run, store

NOW = at("03-31 00:00")
SINCE = pd.Timestamp(at("03-01 00:00"))


def sites(*rows: Row) -> pd.DataFrame:
    return frame("sites", *rows).assign(years=0.5)


def outage(site: str, failed: str, restored: str | None, lasts_h: float = 4.0) -> Row:
    back = at(restored) if restored else None
    return {"site_id": site, "failed_at": at(failed), "restored_at": back, "autonomy_s": int(lasts_h * 3600)}


def down(site: str, start: str, end: str, cause: str = "power") -> Row:
    return {"site_id": site, "down_at": at(start), "up_at": at(end), "cause": cause}


def test_mains_hours_and_failures_a_site_and_year_stand_beside_the_standard() -> None:
    outages = frame(
        "mains_outages", outage("A", "03-10 08:00", "03-10 10:00"), outage("A", "03-12 08:00", "03-12 09:00"),
        outage("B", "02-28 22:00", "03-01 01:00"), outage("V", "03-30 20:00", None),
    )  # fmt: skip
    known = sites(
        *({"site_id": site, "area_class": "rural"} for site in "AB"), {"site_id": "V", "area_class": "centre"}
    )
    found = against_baseline(outages, known, SINCE, NOW).set_index("area_class")
    # Two failures of two sites in half a year each; of the one that began before only its hour within counts.
    assert found.loc["rural", ["failures_a_year", "hours_a_year"]].tolist() == [2.0, 4.0]
    assert found.loc["rural", ["baseline_hours", "baseline_failures"]].tolist() == [12.70, 3.03]
    assert found.loc["centre", "hours_a_year"] == 8.0, "what is open counts to now"
    assert found.index[0] == "centre", "furthest above the standard"


def test_the_standard_is_that_of_the_class_of_area() -> None:
    assert BASELINES == {"rural": (12.70, 3.03), "town": (4.29, 1.12), "urban": (4.29, 1.12), "centre": (3.37, 0.74)}


def strengthened(*downs: Row, **site: Any) -> Any:
    mains = frame("mains_outages", outage("A", "03-10 08:00", "03-10 20:00"))
    known = sites({"site_id": "A", "customers": 10, "strings": 2} | site)
    return worth_strengthening(mains, frame("site_outages", *downs), known, SINCE, NOW)


def test_one_more_string_puts_the_dark_off_by_what_a_string_lasts_and_a_set_avoids_it() -> None:
    row = strengthened(down("A", "03-10 12:00", "03-10 17:00")).iloc[0]
    assert (row["dark_h_a_year"], row["lost_a_year"]) == (10.0, 100.0)
    assert row["saved_by_string_a_year"] == 40.0, "two of the five hours, a site-year of half a year"
    assert row["saved_by_set_a_year"] == 100.0


def test_a_string_saves_no_more_than_was_dark() -> None:
    assert strengthened(down("A", "03-10 12:00", "03-10 13:00")).iloc[0]["saved_by_string_a_year"] == 20.0


def test_other_causes_and_what_has_a_set_already_are_not_for_a_set() -> None:
    assert strengthened(down("A", "03-10 12:00", "03-10 17:00", "transmission")).empty
    assert pd.isna(
        strengthened(down("A", "03-10 12:00", "03-10 17:00"), fixed_generator=True)["saved_by_set_a_year"][0]
    )


def test_where_the_customers_are_not_known_the_hours_are() -> None:
    row = strengthened(down("A", "03-10 12:00", "03-10 17:00"), customers=None).iloc[0]
    assert row["dark_h_a_year"] == 10.0
    assert pd.isna(row["lost_a_year"])


@pytest.mark.parametrize("contractor", ["甲代维", None])
def test_the_load_of_a_crew_is_its_dispatches_runs_and_hours(contractor: str | None) -> None:
    who = {"staff_id": "E1", "contractor": contractor}
    runs = frame(
        "generator_runs", run("03-12 09:00", "03-12 11:00", **who), run(None, **who), run("03-30 22:00", **who)
    )
    [row] = crews_load(runs, NOW).itertuples()
    assert (row.contractor, row.staff_id, row.dispatches, row.runs) == (contractor or "", "E1", 3, 2)
    assert row.generating_h == 4.0


def test_a_branch_of_which_nothing_is_known_yet_has_an_empty_review(tmp_path: Path) -> None:
    review = power_review(store(tmp_path), NOW)
    assert [len(part) for part in (review.mains, review.strengthen, review.crews)] == [0, 0, 0]


def test_the_review_looks_back_a_year_or_to_what_is_stored(tmp_path: Path) -> None:
    facts = store(
        tmp_path,
        sites=[{"site_id": "A", "customers": 10, "area_class": "rural"}],
        mains_outages=[outage("A", "03-10 08:00", "03-10 20:00")],
        site_outages=[down("A", "03-10 12:00", "03-10 17:00")],
    )
    review = power_review(facts, NOW)
    assert review.since == on("03-10")
    assert review.mains.loc[0, "site_years"] == pytest.approx(21 / 365)
    assert review.strengthen["site_id"].tolist() == ["A"]
