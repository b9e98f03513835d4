"""The month's figures: counted from the episodes at every level, on both databases."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ops_platform.alerting.acknowledge import acknowledge, hand_over
from ops_platform.alerting.figures import MonthOfAlerts, figures_by_person, figures_by_rule, read_month
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE
from ops_platform.state import EPISODE, OUTBOX, State
from tests.alerting.conftest import HAN, LI, NOW, desk, episodes, evaluate, inspection, outage, pass_time
from tests.alerting.test_ledger import deliver

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(days=10)
BOTH = ("generator_leave_by", "inspection_overdue")


def figures(state: State, month: str = "2026-03", now: datetime = LATER) -> pd.DataFrame:
    rows = figures_by_rule(read_month(state, month, ZONE), month, now)
    assert list(rows.columns) == ALERT_FIGURES.schema.names
    return rows


def whole(state: State, now: datetime = LATER) -> dict[str, Any]:
    """Return the branch's row."""
    rows = figures(state, now=now)
    return dict(rows[rows["level"] == "branch"].iloc[0])


def people(state: State) -> dict[str, tuple[int, int, float]]:
    rows = figures_by_person(read_month(state, "2026-03", ZONE), "2026-03")
    assert list(rows.columns) == ALERT_PEOPLE.schema.names
    return {row.staff_id: (row.told, row.acknowledged, row.ack_median_min) for row in rows.itertuples()}


def take(state: State, number: int, minute: float, who: str = "E07", *, false_alarm: bool = False) -> None:
    acknowledge(state, desk(), [number], who, NOW + minute * MINUTE, "note: 在路上", false_alarm=false_alarm)


def test_what_became_of_the_alerts_of_a_month(state: State) -> None:
    three = [outage(f"S{n}") for n in (1, 2, 3)]
    evaluate(state, *three, outage("S4", suppressed="PW1"))
    take(state, 1, 4)
    pass_time(state, NOW + 12 * MINUTE)  # the ladder's first escalation was at 10
    take(state, 2, 16, false_alarm=True)
    evaluate(state, three[2], now=NOW + 60 * MINUTE)
    row = whole(state)
    assert {name: row[name] for name in ("episodes", "told", "suppressed", "history", "inhibited", "untold")} == {
        "episodes": 4, "told": 3, "suppressed": 1, "history": 0, "inhibited": 0, "untold": 0,
    }  # fmt: skip
    assert (row["acknowledged"], row["ack_due"], row["ack_in_time"]) == (2, 3, 1)
    assert row["ack_in_time_pct"] == pytest.approx(100 / 3)
    assert (row["ack_mean_min"], row["ack_p90_min"]) == (10, 16)
    assert (row["resolved"], row["resolve_mean_min"], row["resolve_p90_min"]) == (2, 60, 60)
    assert (row["false_alarms"], row["escalated"]) == (1, 2)
    assert people(state) == {"E07": (3, 2, 10)}


def test_an_acknowledgement_at_the_very_escalation_is_late(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"))
    take(state, 1, 9.9)
    take(state, 2, 10)
    assert whole(state)["ack_in_time"] == 1


def test_only_the_first_acknowledgement_counts(state: State) -> None:
    evaluate(state, outage(), people=(HAN,))
    deliver(state)  # what is not sent yet when somebody takes the matter on is withdrawn: nobody was told
    take(state, 1, 3, "E08")
    hand_over(state, desk((LI, HAN)), [1], "E08", LI, NOW + 30 * MINUTE)
    deliver(state)
    take(state, 1, 40)
    assert whole(state)["ack_mean_min"] == 3
    found = people(state)
    assert found["E08"] == (1, 1, 3)
    assert found["E07"][:2] == (1, 0)
    assert np.isnan(found["E07"][2])


def test_what_was_taken_on_before_anybody_was_told_took_no_time(state: State) -> None:
    settings_night = NOW.replace(hour=16)  # midnight: what is not critical waits for the morning
    evaluate(state, inspection(), rules=["inspection_overdue"], now=settings_night)
    acknowledge(state, desk(), [1], "E07", settings_night + MINUTE)
    pass_time(state, settings_night + timedelta(hours=24))
    row = whole(state)
    assert (row["told"], row["acknowledged"], row["ack_mean_min"]) == (1, 1, 0)


def test_what_is_still_within_its_first_step_is_not_due(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"))
    evaluate(state, outage("S2"), now=NOW + 5 * MINUTE)  # S1 ended by itself within its time
    before, after = (whole(state, NOW + minutes * MINUTE) for minutes in (9, 10))
    assert (before["ack_due"], after["ack_due"]) == (0, 1)
    assert np.isnan(before["ack_in_time_pct"])
    assert after["ack_in_time_pct"] == 0


def test_each_row_says_why_nobody_was_told(state: State) -> None:
    old, soon = inspection("S9", due_on="2025-12-01"), outage("S5", true_min=5)
    with_history = outage("S6", true_min=-60 * 24 * 30)
    evaluate(state, with_history, soon, old, rules=BOTH)
    evaluate(state, with_history, old, rules=BOTH, now=NOW + MINUTE)  # S5 never came true
    with state.transaction() as connection:
        connection.execute(EPISODE.update().where(EPISODE.c.subject == "S9").values(told_at=None, inhibited_by=1))
    row = whole(state)
    assert (row["episodes"], row["told"], row["history"], row["inhibited"]) == (2, 0, 1, 1)
    rules = figures(state).query("level == 'rule'")["rule"]
    assert sorted(rules) == sorted(BOTH)


def test_messages_given_up_and_sent_again_are_counted_once_each(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"), outage("S3", office_id="O2"), channels=("smtp", "webhook", "room"))
    ends = [("dead", False, 10), ("sent", True, 2), ("sent", True, 1), ("withdrawn", False, 0), ("sent", False, 1)]
    for number, (end, in_doubt, attempts) in enumerate(ends, 1):
        with state.transaction() as connection:
            values = {"state": end, "in_doubt": in_doubt, "attempts": attempts}
            connection.execute(OUTBOX.update().where(OUTBOX.c.id == number).values(**values))
    row = whole(state)
    assert (row["messages"], row["dead_letters"], row["possible_repeats"]) == (5, 1, 1)
    offices = figures(state).query("level == 'office'").set_index("office_id")["messages"]
    assert offices.to_dict() == {"O1": 3, "O2": 2}


def test_an_episode_belongs_to_the_business_local_month_in_which_it_was_found(state: State) -> None:
    at = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # midnight of the first of March in Shanghai
    condition = outage(true_min=(at - NOW) / MINUTE)
    evaluate(state, condition, now=at)
    assert episodes(state)[0]["opened_at"] == at
    assert whole(state)["episodes"] == 1
    for month in ("2026-02", "2026-04"):
        assert figures(state, month).empty
        assert figures_by_person(read_month(state, month, ZONE), month).empty


MOMENTS = st.integers(0, 5000).map(lambda minutes: pd.Timestamp(NOW) + minutes * MINUTE)
PERHAPS = st.one_of(st.none(), MOMENTS)
ROWS = st.lists(
    st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from(["", "O1", "O2"]), st.booleans(),
              st.sampled_from(["", "PW1"]), st.sampled_from([0, 7]), MOMENTS, PERHAPS, PERHAPS, st.booleans(),
              st.sampled_from([10, 60]), st.booleans(), PERHAPS),
    min_size=1, max_size=25,
)  # fmt: skip
MESSAGES = st.lists(
    st.tuples(st.sampled_from(["r1", "r3"]), st.sampled_from(["", "O1", "O3"]), st.sampled_from(["sent", "dead"]),
              st.booleans(), st.integers(0, 10)),
    max_size=10,
)  # fmt: skip
COLUMNS = ["rule", "office_id", "history", "suppressed", "inhibited_by", "opened_at", "told_at", "resolved_at",
           "false_alarm", "step_min", "escalated", "acked_at"]  # fmt: skip


def month_of_alerts(rows: list[tuple[Any, ...]], messages: list[tuple[Any, ...]]) -> MonthOfAlerts:
    numbers = count(1)
    made = pd.DataFrame(rows, columns=COLUMNS).assign(id=[next(numbers) for _ in rows])
    for name in ("opened_at", "told_at", "resolved_at", "acked_at"):
        made[name] = pd.to_datetime(made[name], utc=True)
    acks = made.loc[made["acked_at"].notna(), ["id", "acked_at"]].set_axis(["episode_id", "at"], axis=1)
    tellings = made.loc[made["told_at"].notna(), ["id", "told_at"]].set_axis(["episode_id", "at"], axis=1)
    return MonthOfAlerts(
        made.drop(columns="acked_at"),
        acks.assign(who="E07").astype({"who": "str"}),
        tellings.assign(staff_id="E07").astype({"staff_id": "str"}),
        pd.DataFrame(messages, columns=["rule", "office_id", "state", "in_doubt", "attempts"]),
    )


@hypothesis_settings(max_examples=30)
@given(ROWS, MESSAGES)
def test_every_level_adds_up_to_the_branch(rows: list[tuple[Any, ...]], messages: list[tuple[Any, ...]]) -> None:
    alerts = month_of_alerts(rows, messages)
    found = figures_by_rule(alerts, "2026-03", LATER)
    sums = [name for name in found.columns if name.endswith("_sum_min") or found[name].dtype == "int64"]
    totals = found.groupby("level")[sums].sum()
    for level in ("office", "rule", "rule_office"):
        pd.testing.assert_series_equal(totals.loc[level], totals.loc["branch"], check_names=False)
    assert totals.loc["branch", "episodes"] == len(rows)
    assert totals.loc["branch", "messages"] == len(messages)
    parts = found[["told", "history", "suppressed", "inhibited", "untold"]].sum(axis=1)
    assert (parts == found["episodes"]).all()


@hypothesis_settings(max_examples=30)
@given(ROWS)
def test_no_time_is_negative_and_no_part_exceeds_its_whole(rows: list[tuple[Any, ...]]) -> None:
    alerts = month_of_alerts(rows, [])
    found = figures_by_rule(alerts, "2026-03", LATER)
    minutes = found[[name for name in found.columns if name.endswith("_min")]]
    assert (minutes.isna() | (minutes >= 0)).all(axis=None)
    assert (found["ack_in_time"] <= found["ack_due"]).all()
    assert (found["acknowledged"] <= found["ack_due"]).all()
    assert (found["ack_due"] <= found["told"]).all()
    divided = {"ack_in_time_pct": "ack_due", "ack_mean_min": "acknowledged", "ack_p90_min": "acknowledged",
               "resolve_mean_min": "resolved", "resolve_p90_min": "resolved"}  # fmt: skip
    for share, due in divided.items():
        assert (found[share].notna() == (found[due] > 0)).all(), share
    assert (figures_by_person(alerts, "2026-03")["ack_median_min"].dropna() >= 0).all()
