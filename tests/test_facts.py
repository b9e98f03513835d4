"""Facts as small frames: the intervals that touch a span, and no file opened in vain."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts import FEEDS
from ops_platform.facts import Facts
from tests.maintenance.builders import Row, alarm, at, store

HOURS = [f"{month:02d}-{day:02d} {hour:02d}:00" for month in (2, 3, 4) for day in (1, 28) for hour in (0, 4, 23)]


def touching(facts: Facts, start: str, end: str) -> list[str]:
    return sorted(facts.touching("alarms", at(start), at(end))["alarm_id"])


def named(*spans: tuple[str, str | None]) -> list[Row]:
    return [alarm("mains_failure", *span, alarm_id=f"{number}") for number, span in enumerate(spans)]


def test_an_interval_touches_a_span_also_at_its_ends_and_an_open_one_reaches_on(tmp_path: Path) -> None:
    spans = [("03-01 00:00", "03-02 00:00"), ("03-01 00:00", None), ("03-05 00:00", "03-06 00:00"),
             ("03-05 00:00:01", None)]  # fmt: skip
    facts = store(tmp_path, alarms=named(*spans))
    assert touching(facts, "03-02 00:00", "03-05 00:00") == ["0", "1", "2"]
    assert touching(facts, "03-02 00:00:01", "03-04 00:00") == ["1"]
    assert touching(facts, "02-01 00:00", "02-28 00:00") == []


def test_what_began_after_the_end_is_not_even_opened_by_its_local_month(tmp_path: Path) -> None:
    # 31 March 17:00 UTC is April in Shanghai.
    facts = store(tmp_path, alarms=named(("03-31 20:00", None), ("04-01 01:00", None)))
    facts.warehouse.path(FEEDS["alarms"], "2026-04").write_bytes(b"not a Parquet file")
    assert touching(facts, "03-01 00:00", "03-31 23:59") == ["0"]
    with pytest.raises(ValueError, match="Parquet"):
        touching(facts, "03-01 00:00", "04-01 00:30")


def test_a_feed_of_which_nothing_arrived_has_no_rows(tmp_path: Path) -> None:
    assert store(tmp_path).touching("alarms", at("03-01 00:00"), at("03-02 00:00")).empty


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(HOURS), st.sampled_from([*HOURS, None])), min_size=1, max_size=6),
       st.sampled_from(HOURS), st.sampled_from(HOURS))  # fmt: skip
def test_what_is_read_is_what_touches(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[str, str | None]], one: str, other: str
) -> None:
    facts = store(tmp_path_factory.mktemp("w"), alarms=named(*spans))
    start, end = sorted((one, other))
    expected = [f"{number}" for number, (raised, cleared) in enumerate(spans)
                if raised <= end and (cleared is None or cleared >= start)]  # fmt: skip
    assert touching(facts, start, end) == sorted(expected)


def test_facts_of_some_sites_are_theirs_alone_and_what_names_no_site_stays(tmp_path: Path) -> None:
    alarms = [alarm("mains_failure", "03-01 00:00", None, alarm_id=site, site_id=site) for site in ("S1", "S2", "S3")]
    sites = [{"site_id": site} for site in ("S1", "S2", "S3")]
    some = store(tmp_path, alarms=alarms, sites=sites, offices=[{}]).of_sites(["S1", "S3"])
    assert touching(some, "03-01 00:00", "03-02 00:00") == ["S1", "S3"]
    assert some.month("alarms", "2026-03")["alarm_id"].tolist() == ["S1", "S3"]
    assert some.whole("sites")["site_id"].tolist() == ["S1", "S3"]
    assert len(some.whole("offices")) == 1


def test_a_frame_keeps_types_where_no_row_touches(tmp_path: Path) -> None:
    facts = store(tmp_path, alarms=named(("03-01 00:00", "03-02 00:00")))
    some, none = (facts.touching("alarms", at(when), at(when)) for when in ("03-01 12:00", "03-20 00:00"))
    pd.testing.assert_series_equal(some.dtypes, none.dtypes)
