"""How sites and offices are named in messages."""

from typing import Any

import pandas as pd

from ops_platform.alerting.rules import Words
from ops_platform.facts import Facts

SITES = Words("个基站", "sites")
_NAMES = ("site_name", "office_name", "office_name_en")


def with_names(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of sites with ``site_name``, ``office_id`` and the office's names as the registers have them."""
    offices = facts.whole("offices")[["office_id", "office_name", "office_name_en"]]
    names = facts.whole("sites")[["site_id", "site_name", "office_id"]].merge(offices, on="office_id")
    return rows.drop(columns=["site_name", "office_id"], errors="ignore").merge(names, on="site_id")


def named(row: Any) -> dict[str, str]:
    """Return the facts that name the site and the office of a row of `with_names`."""
    return {name: getattr(row, name) for name in _NAMES}
