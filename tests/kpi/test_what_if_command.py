"""``ops what-if`` says what was assumed wrongly, in words that help."""

import pandas as pd
import pytest
from rich.console import Console

from ops_platform.cli.what_if import _pair
from ops_platform.errors import PermanentError
from ops_platform.kpi.change import what_if
from ops_platform.reporting.what_if import what_if_table
from tests.kpi.test_change import LATE, side


def test_a_pair_is_a_kpi_and_a_number() -> None:
    assert _pair("generator_timeliness=98.5") == ("generator_timeliness", 98.5)
    with pytest.raises(PermanentError, match="KPI=VALUE"):
        _pair("generator_timeliness=high")
    with pytest.raises(PermanentError, match="generator_timeliness"):
        _pair("generator_timelines=98")


def test_the_table_has_both_scores_best_first_as_they_would_be() -> None:
    rows = side({"kpi_id": LATE, "office_id": "O1", "numerator": 90, "denominator": 100},
                {"kpi_id": LATE, "office_id": "O2", "numerator": 95, "denominator": 100})  # fmt: skip
    offices = pd.DataFrame({"office_id": ["O1"], "office_name": ["同仁"], "office_name_en": ["Tongren"]})
    console = Console(width=120, record=True)
    console.print(what_if_table(what_if(rows, {("O1", LATE): 98.0}), offices, "2026-05"))
    text = console.export_text()
    assert text.index("同仁 Tongren") < text.index("O2")
    assert "90.0" in text
