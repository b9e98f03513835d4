"""What is behind a figure, as the terminal shows it in eighty columns."""

from datetime import date
from io import StringIO

import pandas as pd
from rich.console import Console

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting.evidence import evidence_texts
from tests.maintenance.builders import ZONE, at

KPI = CATALOGUE["generator_timeliness"]


def shown() -> str:
    outage = {
        "day_on": date(2026, 3, 12), "office_id": "O1", "staff_id": "E1", "failed_at": at("03-12 08:00"),
        "restored_at": at("03-12 20:00"), "deadline_at": at("03-12 11:00"), "started_at": None, "run_id": None,
        "suspect": 0.0, "missing": 0.0,
    }  # fmt: skip
    rows = pd.DataFrame(
        [
            outage | {"mains_outage_id": "MO-S1-20260312T000000Z", "outcome": "late", "numerator": 0.0,
                      "denominator": 1.0, "excluded": 0.0, "excluded_by": None},
            outage | {"mains_outage_id": "MO-S2-20260312T000000Z", "outcome": "exempt", "numerator": 0.0,
                      "denominator": 0.0, "excluded": 1.0, "excluded_by": "MZ1"},
        ]
    )  # fmt: skip
    console = Console(file=StringIO(), width=80, record=True)
    console.print(*evidence_texts(KPI, rows, "2026-03", ZONE), sep="\n")
    return console.export_text()


def test_every_event_stands_under_what_it_counts_as_with_the_reason() -> None:
    text = shown()
    assert "0 / 1 = 0.00%" in text
    late, exempt = text.index("MO-S1-20260312T000000Z"), text.index("MO-S2-20260312T000000Z")
    assert text.index("in the denominator, not in the numerator (1)") < late < text.index("left out (1)") < exempt
    assert "MZ1" in text[exempt:]


def test_nothing_is_cut_off_and_times_are_local() -> None:
    text = shown()
    assert "…" not in text
    assert "2026-03-12 11:00" in text.replace("\n      ", " "), "the deadline, in business time"
