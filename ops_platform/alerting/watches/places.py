"""How sites, offices and people are named in messages, and a word of a vocabulary in both languages."""

from typing import Any

import numpy as np
import pandas as pd

from ops_platform.alerting.rules import Words
from ops_platform.contracts import Column
from ops_platform.facts import Facts

SITES = Words("个基站", "sites")
OFFICE_FACTS = ("office_name", "office_name_en")


def with_names(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of sites with ``site_name``, ``office_id`` and the office's names as the registers have them."""
    sites = facts.whole("sites")[["site_id", "site_name", "office_id"]]
    return with_office_names(facts, rows.drop(columns=["site_name", "office_id"], errors="ignore").merge(sites))


def with_office_names(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of offices with the office's names as the register has them."""
    return rows.merge(facts.whole("offices")[["office_id", *OFFICE_FACTS]], on="office_id")


def named(row: Any) -> dict[str, str]:
    """Return the facts that name the site and the office of a row of `with_names`."""
    return {"site_name": row.site_name} | office_named(row)


def office_named(row: Any) -> dict[str, str]:
    """Return the facts that name the office of a row of `with_office_names`."""
    return {name: getattr(row, name) for name in OFFICE_FACTS}


def people(facts: Facts) -> pd.Series:
    """Return the names of the staff by id."""
    return facts.whole("staff").set_index("staff_id")["staff_name"]


def known(value: Any) -> Any:
    """Return a value of a frame as a fact: none where it is missing, a number that counts something as whole."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float | np.integer) else value


def in_words(column: Column, word: str) -> dict[str, str]:
    """Return the facts that say a word of a column's vocabulary: the column's name with ``_zh`` and ``_en``."""
    return {f"{column.name}_zh": column.words[word][0], f"{column.name}_en": word.replace("_", " ")}
