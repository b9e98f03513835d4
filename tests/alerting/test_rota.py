"""Who is on duty."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from ops_platform.alerting.rota import Recipient, Rota
from ops_platform.contracts.network import DUTY_OVERRIDES
from ops_platform.facts import as_frame

NOW = datetime(2026, 3, 12, 5, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


def on_duty(rows: pd.DataFrame, staff: pd.DataFrame, office_id: str, now: datetime, step: int = 1) -> list[Recipient]:
    """Return who stands by the rota alone, without overrides."""
    none = as_frame(pa.Table.from_pylist([], DUTY_OVERRIDES.schema))
    return Rota(rows, none, staff, ZoneInfo("Asia/Shanghai")).at(office_id, now, step)


def rota(*rows: tuple[str, int, str, datetime, datetime]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["office_id", "step", "staff_id", "starts_at", "ends_at"])
    return table.astype(
        {"step": "int64", "starts_at": "datetime64[us, UTC]", "ends_at": "datetime64[us, UTC]", "staff_id": "str"}
    )


STAFF = pd.DataFrame(
    {
        "staff_id": ["E07", "E08", "E09"],
        "staff_name": ["李雷", "韩梅梅", "王五"],
        "office_id": ["O1", "O1", "O2"],
        "email": ["li@example.com", None, " wang@example.com "],
        "phone": ["138", None, None],
    }
)
LI = Recipient("E07", "李雷", "li@example.com", "138")


def test_the_people_of_the_office_at_the_step_at_the_moment() -> None:
    table = rota(
        ("O1", 1, "E08", NOW - HOUR, NOW + HOUR),
        ("O1", 1, "E07", NOW - HOUR, NOW + HOUR),
        ("O1", 2, "E09", NOW - HOUR, NOW + HOUR),
        ("O2", 1, "E09", NOW - HOUR, NOW + HOUR),
        ("O1", 1, "E09", NOW - 2 * HOUR, NOW - HOUR),
    )
    assert on_duty(table, STAFF, "O1", NOW) == [LI, Recipient("E08", "韩梅梅", "", "")]
    assert on_duty(table, STAFF, "O1", NOW, step=2) == [Recipient("E09", "王五", "wang@example.com", "", 2)]
    assert on_duty(table, STAFF, "O3", NOW) == []


def test_a_shift_begins_at_its_start_and_is_over_at_its_end() -> None:
    table = rota(("O1", 1, "E07", NOW, NOW + HOUR))
    second = timedelta(seconds=1)
    assert [bool(on_duty(table, STAFF, "O1", at)) for at in (NOW - second, NOW, NOW + HOUR - second, NOW + HOUR)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_an_empty_step_does_not_wait() -> None:
    table = rota(("O1", 3, "E07", NOW, NOW + HOUR), ("O1", 1, "E08", NOW - HOUR, NOW))
    assert on_duty(table, STAFF, "O1", NOW) == [Recipient("E07", "李雷", "li@example.com", "138", 3)]


def test_a_person_who_is_on_the_rota_twice_or_not_among_the_staff() -> None:
    table = rota(
        ("O1", 1, "E99", NOW, NOW + HOUR), ("O1", 1, "E07", NOW, NOW + HOUR), ("O1", 1, "E07", NOW - HOUR, NOW + HOUR)
    )
    assert on_duty(table, STAFF, "O1", NOW) == [LI, Recipient("E99", "E99", "", "")]


def test_an_empty_rota_has_nobody() -> None:
    assert on_duty(rota(), STAFF, "O1", NOW) == []


def test_a_person_is_told_in_their_language() -> None:
    staff = STAFF.assign(language=["en", None, "zh"])
    table = rota(("O1", 1, "E07", NOW, NOW + HOUR), ("O1", 1, "E08", NOW, NOW + HOUR))
    assert [person.language for person in on_duty(table, staff, "O1", NOW)] == ["en", ""]
    assert [person.language for person in on_duty(table, STAFF, "O1", NOW)] == ["", ""]
