"""Raises and clears of a log become alarms, in whatever order and however often their lines come."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.maintenance.alarm_log import alarms_of
from tests.maintenance.builders import frame

EPOCH = datetime(2026, 3, 14, 2, tzinfo=UTC)
SKEW_S = 3
Line = tuple[str, str, int]
"""Source, R for raised or C for cleared, and the second."""


def log(lines: list[Line]) -> pd.DataFrame:
    return frame(
        "alarm_events",
        *(
            {
                "site_id": "S1", "kind": "mains_failure", "source": source,
                "state": "raised" if state == "R" else "cleared", "happened_at": EPOCH + timedelta(seconds=second),
            }
            for source, state, second in lines
        ),
    )  # fmt: skip


def spans(lines: list[Line], skew_s: int = SKEW_S) -> list[tuple[str, int, int | None]]:
    found = alarms_of(log(lines), skew_s)
    return [
        (
            row.source,
            int((row.raised_at - EPOCH).total_seconds()),
            None if pd.isna(row.cleared_at) else int((row.cleared_at - EPOCH).total_seconds()),
        )
        for row in found.itertuples()
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("R0 C9", [(0, 9)]),
        ("R0", [(0, None)]),
        ("R0 R4 C9 C11", [(0, 9)]),
        ("R0 C9 R20 C30", [(0, 9), (20, 30)]),
        ("C0 R9 C12", [(9, 12)]),
        ("C0 R3", [(3, 3)]),
        ("C0 R4", [(4, None)]),
        ("C0 R2 C8", [(2, 8)]),
        ("R0 C9 R11", [(0, 9), (11, None)]),
        ("R5 C5", [(5, 5)]),
        ("R0 R5 C5", [(0, 5), (5, None)]),
        ("R0 C5 R5 C9", [(0, 5), (5, 9)]),
        ("C5", []),
        ("C0 R3 C20 R22 C40 R43", [(3, 3), (22, 22), (43, 43)]),
        ("C0 R3 C20 R22 C40", [(3, 3), (22, 40)]),
        ("R0 C20 R22 C40 R43", [(0, 20), (22, 40), (43, None)]),
    ],
)
def test_a_log_says_what_was_on(text: str, found: list[tuple[int, int | None]]) -> None:
    lines = [("A", word[0], int(word[1:])) for word in text.split()]
    assert spans(lines) == [("A", *span) for span in found]
    assert spans([*reversed(lines), *lines]) == [("A", *span) for span in found], "in any order, however often"


def test_a_source_does_not_clear_what_another_raised() -> None:
    assert spans([("A", "R", 0), ("B", "C", 5), ("B", "R", 7), ("B", "C", 9)]) == [("A", 0, None), ("B", 7, 9)]


def test_the_ids_of_alarms_are_their_own_and_hold_no_blank() -> None:
    found = alarms_of(log([("NetEco  2", "R", 0), ("NetEco  2", "C", 5), ("NetEco  2", "R", 7)]), SKEW_S)
    assert found["alarm_id"].tolist() == [
        "NetEco_2/S1/mains_failure/20260314T020000.000000Z", "NetEco_2/S1/mains_failure/20260314T020007.000000Z",
    ]  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("RC"), st.integers(0, 12)), max_size=10, unique=True))
def test_alarms_are_what_somebody_who_reads_line_by_line_notes(lines: list[Line]) -> None:
    # Of a raise and a clear in one second nothing tells which came first; a test of its own says what holds then.
    lines = [line for line in lines if (line[0], "C" if line[1] == "R" else "R", line[2]) not in lines]
    expected: list[tuple[str, int, int | None]] = []
    for source in "AB":
        since: int | None = None
        for _, state, second in sorted((line for line in lines if line[0] == source), key=lambda line: line[2]):
            if state == "R" and since is None:
                since = second
            elif state == "C" and since is not None:
                expected.append((source, since, second))
                since = None
        expected += [(source, since, None)] if since is not None else []
    assert spans(lines, skew_s=-1) == expected
    # Nothing is raised that was not; only a source that stamps backwards has alarms shorter than they read.
    assert [span[:2] for span in spans(lines)] == [span[:2] for span in expected]
