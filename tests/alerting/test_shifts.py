"""Shifts, overrides, the office that stands in, and when nobody is on duty."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.alerting.rota import Recipient, Rota, rota_between
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from tests.maintenance.builders import ZONE, Row, at, frame, span, store

STAFF = [{"staff_id": name, "staff_name": name, "office_id": "O1"} for name in "abcde"]
MARCH, APRIL = at("03-01 00:00"), at("04-01 00:00")


def stint(who: str, starts: str = "03-01 00:00", ends: str = "04-01 00:00", step: int = 1, **more: Any) -> Row:
    return span(starts, ends, staff_id=who, office_id="O1", step=step, **more)


def override(who: str | None, starts: str, ends: str, instead_of: str | None = None, step: int = 1) -> Row:
    return span(
        starts, ends, staff_id=who, office_id="O1", step=step, instead_of=instead_of, reason="swap"
    )  # fmt: skip


def rota(*stints: Row, overrides: tuple[Row, ...] = (), fallback: str = "", zone: ZoneInfo = ZONE) -> Rota:
    return Rota(
        frame("duty_rota", *stints), frame("duty_overrides", *overrides), frame("staff", *STAFF), zone, fallback
    )


def who(table: Rota, *moments: str, step: int = 1, office_id: str = "O1") -> list[str]:
    """Return the ids of the people on duty at each moment, in one word."""
    return ["".join(person.staff_id for person in table.at(office_id, at(moment), step)) for moment in moments]


def gaps(table: Rota, *steps: int, start: datetime = MARCH, end: datetime = APRIL) -> list[tuple[int, str, str]]:
    found = table.gaps("O1", steps, start, end)
    return [
        (step, *(f"{moment.tz_convert(ZONE):%m-%d %H:%M}" for moment in ends))
        for step, *ends in found.itertuples(index=False)
    ]  # fmt: skip


def test_one_row_states_every_night_of_a_month() -> None:
    nights = rota(stint("a", daily_from="20:00", daily_to="08:00"))
    assert who(nights, "03-12 19:59", "03-12 20:00", "03-13 07:59", "03-13 08:00") == ["", "a", "a", ""]
    assert who(nights, "02-28 23:59", "03-01 00:00", "03-31 23:59", "04-01 00:00") == ["", "a", "a", ""]


def test_a_shift_without_one_of_its_times_reaches_to_the_days_edge() -> None:
    assert who(rota(stint("a", daily_from="20:15")), "03-12 20:14", "03-12 20:15", "03-12 23:59", "03-13 00:00") == [
        "", "a", "a", "",
    ]  # fmt: skip
    assert who(rota(stint("a", daily_to="08:00")), "03-12 00:00", "03-12 07:59", "03-12 08:00") == ["a", "a", ""]
    until_midnight = rota(stint("a", daily_from="20:00", daily_to="24:00"))
    assert who(until_midnight, "03-12 23:59", "03-13 00:00") == ["a", ""]


def test_a_shift_of_a_day_and_a_night_changes_at_its_hour() -> None:
    free = rota(stint("a", daily_from="08:00", daily_to="08:00", on_days="rest_days"))
    # 14 and 15 March 2026 are a weekend.
    assert who(free, "03-14 07:59", "03-14 08:00", "03-16 07:59", "03-16 08:00") == ["", "a", "a", ""]


def test_holidays_and_weekends_worked_in_their_stead_are_those_of_the_national_calendar() -> None:
    table = rota(
        stint("a", "01-01 00:00", "12-31 00:00", on_days="working_days"),
        stint("b", "01-01 00:00", "12-31 00:00", on_days="rest_days"),
    )
    # 1 to 3 January 2026 are free and Sunday 4 January is worked; Monday to Wednesday, 23 February, are New Year's.
    assert who(table, "01-03 12:00", "01-04 12:00", "01-05 12:00", "02-23 12:00", "02-24 12:00") == list("baaba")
    assert who(table, "01-03 23:59", "01-04 00:00") == ["b", "a"]


def test_every_day_is_what_no_day_says() -> None:
    assert who(rota(stint("a", on_days="every")), "03-14 12:00", "03-16 12:00") == ["a", "a"]


def test_a_shift_keeps_its_local_hours_where_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    nights = rota(stint("a", daily_from="22:00", daily_to="06:00"), zone=berlin)
    start = datetime(2026, 3, 28, 12, tzinfo=berlin)
    found = nights.stints(start, start + timedelta(hours=24))
    assert [(row.end - row.start) / pd.Timedelta(1, "h") for row in found.itertuples()] == [7]


def test_a_person_takes_over_anothers_shifts_and_no_more() -> None:
    table = rota(
        stint("a", daily_from="20:00", daily_to="08:00"),
        stint("b", daily_from="08:00", daily_to="20:00"),
        overrides=(override("c", "03-10 00:00", "03-12 00:00", "a"),),
    )
    assert who(table, "03-09 23:59", "03-10 00:00", "03-10 08:00", "03-10 20:00", "03-11 23:59", "03-12 00:00") == list(
        "acbcca"
    )


def test_who_stands_on_two_steps_is_replaced_on_the_one_that_is_named() -> None:
    table = rota(stint("a"), stint("a", step=2), overrides=(override("c", "03-10 00:00", "03-12 00:00", "a"),))
    assert who(table, "03-10 12:00") == ["c"]
    assert who(table, "03-10 12:00", step=2) == ["a"]


def test_leave_without_a_substitute_leaves_the_others_and_moves_on_at_once() -> None:
    leave = override(None, "03-10 00:00", "03-11 00:00", "a")
    with_b = rota(stint("a"), stint("b"), stint("c", step=2), overrides=(leave,))
    assert who(with_b, "03-09 12:00", "03-10 12:00") == ["ab", "b"]
    alone = rota(stint("a"), stint("c", step=2), overrides=(leave,))
    assert who(alone, "03-10 12:00") == ["c"]
    assert alone.at("O1", at("03-10 12:00"))[0].step == 2
    assert gaps(alone, 1, 2) == [(1, "03-10 00:00", "03-11 00:00")]


def test_an_override_for_everybody_clears_the_step_of_its_office_alone() -> None:
    table = rota(
        stint("a"), stint("b"), stint("c", step=2), stint("d", step=1) | {"office_id": "O2"},
        overrides=(override("e", "03-10 00:00", "03-11 00:00"),),
    )  # fmt: skip
    assert who(table, "03-09 23:59", "03-10 00:00", "03-11 00:00") == ["ab", "e", "ab"]
    assert who(table, "03-10 12:00", step=2) == ["c"]
    assert who(table, "03-10 12:00", office_id="O2") == ["d"]


def test_an_override_for_everybody_stands_where_nobody_did() -> None:
    assert who(rota(overrides=(override("e", "03-10 00:00", "03-11 00:00"),)), "03-10 12:00") == ["e"]


def test_an_override_by_nobody_for_everybody_empties_the_step() -> None:
    table = rota(stint("a"), overrides=(override(None, "03-10 00:00", "03-11 00:00"),))
    assert who(table, "03-10 12:00") == [""]


def test_two_people_swap_and_a_holidays_substitute_is_replaced() -> None:
    swap = (override("b", "03-10 00:00", "03-11 00:00", "a"), override("a", "03-10 00:00", "03-11 00:00", "b", step=2))
    assert who(rota(stint("a"), stint("b", step=2), overrides=swap), "03-10 12:00") == ["b"]
    assert who(rota(stint("a"), stint("b", step=2), overrides=swap), "03-10 12:00", step=2) == ["a"]
    holiday = (override("c", "03-10 00:00", "03-13 00:00"), override("d", "03-11 00:00", "03-12 00:00", "c"))
    assert who(rota(stint("a"), overrides=holiday), "03-10 12:00", "03-11 12:00", "03-12 12:00") == list("cdc")


def test_the_fallback_office_stands_in_where_nobody_is_left() -> None:
    centre = [stint("d") | {"office_id": "O9"}, stint("e", step=2) | {"office_id": "O9"}]
    table = rota(stint("a", step=2), *centre, fallback="O9")
    assert who(table, "03-12 12:00") == ["a"], "the office's own next step comes first"
    assert who(table, "03-12 12:00", office_id="O2") == ["d"]
    assert who(table, "03-12 12:00", office_id="O2", step=2) == ["e"]
    (first,) = table.at("O1", at("03-12 12:00"), step=3)
    assert (first.staff_id, first.step) == ("d", 3), "a ladder never goes down"
    assert who(rota(*centre), "03-12 12:00", office_id="O2") == [""]


def test_gaps_are_told_by_step_and_end_where_somebody_comes() -> None:
    table = rota(
        stint("a", "03-01 00:00", "03-10 00:00"), stint("b", "03-12 00:00", "04-01 00:00"),
        stint("c", daily_from="00:00", daily_to="20:00", step=2),
    )  # fmt: skip
    assert gaps(table, 1) == [(1, "03-10 00:00", "03-12 00:00")]
    evenings = gaps(table, 2, start=at("03-12 12:00"), end=at("03-13 21:00"))
    assert evenings == [(2, "03-12 20:00", "03-13 00:00"), (2, "03-13 20:00", "03-13 21:00")]
    assert gaps(table, 1, 3) == [(1, "03-10 00:00", "03-12 00:00"), (3, "03-01 00:00", "04-01 00:00")]


def test_an_installations_rota_has_what_touches_the_span(tmp_path: Path) -> None:
    platform = Platform(Settings(home=tmp_path, on_call_office="O9"))
    store(
        platform.settings.warehouse, staff=[STAFF[0] | {"language": "en"}, *STAFF[1:]],
        duty_rota=[stint("a", "01-05 00:00", "03-20 00:00"), stint("b", step=2)],
        duty_overrides=[override("c", "02-28 00:00", "03-11 00:00", "b", step=2)],
    )  # fmt: skip
    table = rota_between(platform, at("03-10 12:00"), at("03-10 12:00"))
    assert table.at("O1", at("03-10 12:00")) == [Recipient("a", "a", "", "", 1, "en")]
    assert who(table, "03-10 12:00", step=2) == ["c"]
    assert (table.fallback, table.zone) == ("O9", platform.settings.zone)


# --- a rota expanded into intervals is the rota asked moment by moment

DAYS = st.integers(0, 5)
TIMES = st.one_of(st.none(), st.sampled_from(["00:00", "08:00", "12:30", "20:00", "24:00"]))
FIRST = date(2026, 9, 29)  # with the national days of October, and a Saturday that is worked
REST = {date(2026, 10, day) for day in range(1, 8)} | {date(2026, 9, 27)}


@st.composite
def spans(draw: st.DrawFn) -> dict[str, datetime]:
    start = datetime.combine(FIRST, time(), ZONE) + timedelta(hours=draw(st.integers(0, 140)))
    return {"starts_at": start, "ends_at": start + timedelta(hours=draw(st.integers(1, 90)))}


STINTS = st.lists(
    st.builds(
        lambda where, **more: where | more | {"office_id": "O1"},
        spans(), staff_id=st.sampled_from("ab"), step=st.integers(1, 2), daily_from=TIMES, daily_to=TIMES,
        on_days=st.sampled_from([None, "every", "working_days", "rest_days"]),
    ), max_size=4,
)  # fmt: skip
OVERRIDES = st.lists(
    st.builds(
        lambda where, **more: where | more | {"office_id": "O1", "reason": "leave"},
        spans(), staff_id=st.sampled_from([None, "c", "d"]), step=st.integers(1, 2),
        instead_of=st.sampled_from([None, "a", "b", "c"]),
    ), max_size=3,
)  # fmt: skip


def stands(row: Row, moment: datetime) -> bool:
    """Tell whether a row of the rota covers a moment, by the clock on the wall."""
    if not row["starts_at"] <= moment < row["ends_at"]:
        return False
    local = moment.astimezone(ZONE).replace(tzinfo=None)
    return any(
        begins <= local < ends and row["on_days"] in {None, "every", "rest_days" if day in REST else "working_days"}
        for day, begins, ends in shifts_about(row, local)
    )


def shifts_about(row: Row, local: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    begins, ends = (
        timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
        for clock in (row["daily_from"] or "00:00", row["daily_to"] or "24:00")
    )
    for back in (0, 1):
        midnight = datetime.combine(local.date() - timedelta(days=back), time())
        yield midnight.date(), midnight + begins, midnight + ends + timedelta(days=ends <= begins)


def standing(rows: list[Row], overrides: list[Row], moment: datetime) -> set[tuple[int, str]]:
    inside = [row for row in overrides if row["starts_at"] <= moment < row["ends_at"]]
    everybody = [row for row in inside if row["instead_of"] is None]
    cleared = {row["step"] for row in everybody}
    found = {(row["step"], row["staff_id"]) for row in rows if row["step"] not in cleared and stands(row, moment)}
    found |= {(row["step"], row["staff_id"]) for row in everybody}
    found = {one for one in found if one[1] is not None}
    taken = [row for row in inside if (row["step"], row["instead_of"]) in found]
    gone = {(row["step"], row["instead_of"]) for row in taken}
    return (found - gone) | {(row["step"], row["staff_id"]) for row in taken if row["staff_id"] is not None}


@settings(max_examples=20)
@given(STINTS, OVERRIDES, st.lists(st.integers(-100, 20_000), min_size=1, max_size=6))
def test_a_rota_by_intervals_equals_membership_at_any_moment(
    rows: list[Row], overrides: list[Row], minutes: list[int]
) -> None:
    table = Rota(frame("duty_rota", *rows), frame("duty_overrides", *overrides), frame("staff", *STAFF), ZONE)
    start = datetime.combine(FIRST, time(), ZONE)
    whole = start - timedelta(days=1), start + timedelta(days=16)
    found = table.stints(*whole)
    empty = table.gaps("O1", (1, 2), *whole)
    for moment in (start + timedelta(minutes=minute) for minute in minutes):
        expected = standing(rows, overrides, moment)
        over = found[(found["start"] <= moment) & (found["end"] > moment)]
        assert set(zip(over["step"], over["staff_id"], strict=True)) == expected
        in_gap = empty[(empty["start"] <= moment) & (empty["end"] > moment)]
        assert sorted(in_gap["step"]) == sorted({1, 2} - {step for step, _ in expected})
        told = {(person.step, person.staff_id) for person in table.at("O1", moment)}
        first = min((step for step, _ in expected), default=0)
        assert told == {one for one in expected if one[0] == first}
