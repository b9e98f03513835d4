"""A ledger with one of everything, for tests of what people read of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, State
from tests.alerting.conftest import LI, NOW, desk, evaluate, inspection, outage
from tests.maintenance.builders import at, span, store

MINUTE = timedelta(minutes=1)
RULES = ("generator_leave_by", "inspection_overdue", "inspection_due_soon")


def installation(home: Path, state_url: str = "", **settings: Any) -> Platform:
    """Return an installation whose clock stands at NOW, with an office, its people, its rota and planned work."""
    duty = {"office_id": "O1", "step": 1, "starts_at": at("03-01 00:00"), "ends_at": at("04-01 00:00")}
    store(
        home / "warehouse",
        offices=[{"office_id": "O1", "office_name": "前旗", "office_name_en": "Qianqi"}],
        staff=[
            {"staff_id": "E07", "staff_name": "李雷", "office_id": "O1"},
            {"staff_id": "E08", "staff_name": "韩梅梅", "office_id": "O1"},
        ],
        duty_rota=[duty | {"staff_id": "E07"}],
        planned_work=[span("03-12 10:00", "03-12 18:00", work_id="W1", site_id="S4")],
    )
    return Platform(Settings(home=home, state_url=state_url, frozen_at=NOW, **settings))


def fill(state: State) -> None:
    """Put in an alert that is open, one taken on, one expected, one each that planned work, another and age silence."""
    evaluate(
        state,
        outage("S1", deadline_min=42), outage("S2", deadline_min=20), outage("S3", true_min=8),
        outage("S4", suppressed="PWW1"), outage("S5", deadline_min=99), outage("S6", true_min=-60 * 24 * 9),
        inspection("S7", "2026-03-09"), inspection("S8", "2026-03-14", "inspection_due_soon"),
        rules=RULES,
    )  # fmt: skip
    acknowledge(state, desk(), [2], LI.staff_id, NOW, "在路上")
    with state.transaction() as connection:
        connection.execute(EPISODE.update().where(EPISODE.c.subject == "S5").values(inhibited_by=1))
