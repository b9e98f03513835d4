"""Time is conserved: nothing is counted twice, nothing is lost at midnight, also where clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.clock import local_midnight
from ops_platform.maintenance.intervals import (
    any_between,
    close_open,
    covered,
    intersect,
    seconds_by_day,
    subtract,
    union,
)

EPOCH = datetime(2026, 3, 12, tzinfo=UTC)
LENGTH = 40
# Clocks change at 02:00, at midnight (the day begins at 01:00 or has two midnights), by half an hour, or not at all.
ZONES = ["Asia/Shanghai", "Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"]
few = settings(max_examples=25)

Span = tuple[str, int, int | None]
spans = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, LENGTH - 1),
        st.one_of(st.none(), st.integers(1, LENGTH)),
    ).map(lambda one: one if one[2] is None else (one[0], min(one[1:]), max(one[1:]))),
    max_size=8,
)
closed_spans = spans.map(lambda several: [one for one in several if one[2] is not None])


def moments(values: list[int | None]) -> pd.Series:
    found = [None if value is None else EPOCH + timedelta(seconds=value) for value in values]
    return pd.Series(pd.to_datetime(pd.Series(found, dtype=object), utc=True)).dt.as_unit("us")


def frame(several: list[Span]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": pd.Series([one[0] for one in several], dtype="str"),
            "start": moments([one[1] for one in several]),
            "end": moments([one[2] for one in several]),
            "ids": pd.Series([f"n{number}" for number in range(len(several))], dtype="str"),
        }
    )


def seconds(rows: pd.DataFrame) -> set[tuple[str, int]]:
    """Return every covered second; an open interval reaches past the end of the axis."""
    found = set()
    for row in rows.itertuples():
        start = int((row.start - EPOCH).total_seconds())
        end = 2 * LENGTH if pd.isna(row.end) else int((row.end - EPOCH).total_seconds())
        found |= {(row.site_id, second) for second in range(start, end)}
    return found


@few
@given(spans)
def test_a_union_covers_the_same_time_and_is_disjoint(several: list[Span]) -> None:
    merged = union(frame(several), "site_id")
    assert seconds(merged) == seconds(frame(several))
    following = merged["start"].shift(-1)[merged["site_id"] == merged["site_id"].shift(-1)]
    assert (merged["end"].reindex(following.index) < following).all()


@few
@given(spans, st.integers(0, 5))
def test_a_union_is_idempotent(several: list[Span], gap: int) -> None:
    once = union(frame(several), "site_id", gap)
    pd.testing.assert_frame_equal(union(once, "site_id", gap), once)


@few
@given(spans, st.randoms(use_true_random=False), st.integers(0, 5))
def test_a_union_does_not_depend_on_the_order_of_rows(several: list[Span], random: object, gap: int) -> None:
    rows = frame(several)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(union(rows.iloc[order], "site_id", gap), union(rows, "site_id", gap))


@few
@given(spans, st.integers(0, 5))
def test_what_a_union_leaves_apart_is_further_apart_than_the_gap(several: list[Span], gap: int) -> None:
    merged = union(frame(several), "site_id", gap)
    same = merged["site_id"] == merged["site_id"].shift()
    assert ((merged["start"] - merged["end"].shift())[same] > timedelta(seconds=gap)).all()
    assert sorted(" ".join(merged["ids"]).split()) == sorted(f"n{number}" for number in range(len(several)))


def test_a_gap_of_exactly_the_limit_is_bridged_and_one_second_more_is_not() -> None:
    rows = frame([("a", 0, 10), ("a", 15, 20), ("a", 26, 30)])
    merged = union(rows, "site_id", gap_s=5)
    assert merged["ids"].tolist() == ["n0 n1", "n2"]
    assert merged["end"].tolist() == moments([20, 30]).tolist()


def test_without_a_gap_intervals_that_touch_become_one_and_no_others() -> None:
    merged = union(frame([("a", 0, 10), ("a", 10, 20), ("a", 21, 30)]), "site_id")
    assert merged["ids"].tolist() == ["n0 n1", "n2"]


def test_a_long_interval_bridges_what_lies_behind_a_short_one() -> None:
    merged = union(frame([("a", 0, 30), ("a", 5, 6), ("a", 29, 35)]), "site_id")
    assert len(merged) == 1
    assert merged["end"].tolist() == moments([35]).tolist()


def test_an_open_member_leaves_the_union_open() -> None:
    merged = union(frame([("a", 0, None), ("a", 5, 6), ("b", 7, 9)]), "site_id")
    assert merged["end"].isna().tolist() == [True, False]


def test_an_end_before_its_start_adds_no_time() -> None:
    merged = union(frame([("a", 20, 10), ("a", 15, 16)]), "site_id")
    assert merged["end"].tolist() == moments([16, 20]).tolist()


def test_an_open_end_becomes_the_moment_and_none_is_later() -> None:
    ends = close_open(moments([5, None, 50]), EPOCH + timedelta(seconds=20))
    assert ends.tolist() == moments([5, 20, 20]).tolist()


@few
@given(closed_spans, closed_spans)
def test_an_intersection_is_the_time_that_both_cover(left: list[Span], right: list[Span]) -> None:
    one, other = union(frame(left), "site_id"), union(frame(right), "site_id")
    both = intersect(one, other[["site_id", "start", "end"]], "site_id")
    assert seconds(both) == seconds(frame(left)) & seconds(frame(right))
    assert (both["start"] < both["end"]).all()


@few
@given(
    st.lists(
        st.tuples(st.integers(0, 400 * 86_400), st.integers(1, 4 * 86_400)).map(lambda one: (one[0], sum(one))),
        max_size=5,
    ),
    st.sampled_from(ZONES),
)
def test_splitting_by_day_conserves_every_second_in_every_zone(pairs: list[tuple[int, int]], name: str) -> None:
    zone = ZoneInfo(name)
    rows = union(frame([("a", start, end) for start, end in pairs]), "site_id")
    split = seconds_by_day(rows, "site_id", zone)
    expected: dict[date, int] = {}
    for row in rows.itertuples():
        day = row.start.astimezone(zone).date()
        while (begin := local_midnight(day, zone)) < row.end:
            finish = local_midnight(day + timedelta(days=1), zone)
            inside = int((min(row.end, finish) - max(row.start, begin)).total_seconds())
            expected[day] = expected.get(day, 0) + inside
            day += timedelta(days=1)
    assert dict(zip(split["day_on"], split["seconds"], strict=True)) == {
        day: length for day, length in expected.items() if length
    }


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("America/Havana", date(2026, 11, 1), 25),
    ],
)
def test_a_day_has_as_many_seconds_as_its_clocks_show(name: str, day: date, hours: int) -> None:
    zone = ZoneInfo(name)
    around = pd.DataFrame({"site_id": ["a"], "start": [day - timedelta(days=2)], "end": [day + timedelta(days=3)]})
    around[["start", "end"]] = around[["start", "end"]].apply(lambda days: pd.to_datetime(days, utc=True))
    split = seconds_by_day(around, "site_id", zone).set_index("day_on")["seconds"]
    assert split[day] == hours * 3600


def test_the_seconds_of_two_intervals_of_a_day_are_added() -> None:
    rows = frame([("a", 0, 10), ("a", 20, 25), ("b", 0, 1)])
    split = seconds_by_day(rows, "site_id", ZoneInfo("UTC"))
    assert split.values.tolist() == [["a", date(2026, 3, 12), 15], ["b", date(2026, 3, 12), 1]]  # noqa: PD011


@few
@given(spans, st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, LENGTH + 5)), max_size=6))
def test_a_point_is_covered_from_the_start_and_no_longer_at_the_end(
    several: list[Span], asked: list[tuple[str, int]]
) -> None:
    points = frame([(site, moment, None) for site, moment in asked]).rename(columns={"start": "at"})
    points = points.set_axis(range(100, 100 + len(asked)))
    hits = covered(points, frame(several), "site_id", "at")
    assert hits.tolist() == [point in seconds(frame(several)) for point in asked]
    assert hits.index.equals(points.index)


@few
@given(spans, st.lists(st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.integers(0, LENGTH + 5))), max_size=6))
def test_an_event_lies_in_a_span_of_its_group_both_ends_included(
    several: list[Span], events: list[tuple[str, int | None]]
) -> None:
    asked = frame([one for one in several if one[2] is not None])
    happened = pd.DataFrame({"site_id": pd.Series([site for site, _ in events], dtype="str"),
                             "at": moments([moment for _, moment in events])})  # fmt: skip
    hits = any_between(asked["site_id"], asked["start"], asked["end"], happened, "at")
    ends = [(site, start, end) for site, start, end in several if end is not None]
    assert hits.tolist() == [
        any(site == other and at is not None and start <= at <= end for other, at in events)
        for site, start, end in ends
    ]


@few
@given(closed_spans, closed_spans)
def test_what_is_taken_away_is_gone_and_nothing_else(several: list[Span], taken: list[Span]) -> None:
    parts = subtract(frame(several).assign(label=range(len(several))), frame(taken), ["site_id"])
    for number, one in enumerate(several):
        mine = parts[parts["label"] == number]
        assert seconds(mine) == seconds(frame([one])) - seconds(frame(taken))
        assert list(mine["start"]) == sorted(mine["start"])
    assert (parts["start"] < parts["end"]).all()
