"""How a figure, a moment and a missing value are written."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.kpi.definition import Kpi

NOTHING = "—"


def known(value: object) -> float | None:
    """Return a number, or None where it is null in any of pandas' ways."""
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type]


def rounded(value: float, decimals: int) -> str:
    """Return a number with so many digits, halves rounded away from zero as spreadsheets do."""
    return f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


def figure(kpi: Kpi, value: float | None) -> str:
    """Return a KPI's value with its digits and without its unit."""
    return NOTHING if value is None else rounded(value, kpi.decimals)


def with_unit(kpi: Kpi, value: float | None) -> str:
    """Return a KPI's value with its digits and, where it is a short one, its unit."""
    text = figure(kpi, value)
    return text if value is None or kpi.unit not in {"%", "h"} else f"{text}{'' if kpi.unit == '%' else ' '}{kpi.unit}"


def target(kpi: Kpi, value: float | None) -> str:
    """Return a target with the direction in which it is met."""
    if value is None:
        return NOTHING
    return f"{'≥' if kpi.better == 'higher' else '≤'} {rounded(value, kpi.decimals)}".rstrip("0").rstrip(".")


def change(kpi: Kpi, value: float | None) -> str:
    """Return a change with an arrow; unchanged as far as the digits show is an equals sign."""
    if value is None:
        return ""
    text = rounded(abs(value), kpi.decimals)
    if not float(text.replace(",", "")):
        return "="
    return f"{'▲' if value > 0 else '▼'} {text}"


def signed(value: float, decimals: int = 0) -> str:
    """Return a number with its sign, and what rounds to nothing without one."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if not float(text) else text


def is_better(kpi: Kpi, value: float | None) -> bool | None:
    """Return whether a change is for the better; None where there is none to be seen."""
    if value is None or change(kpi, value) == "=":
        return None
    return (value > 0) == (kpi.better == "higher")


def amount(value: float | None) -> str:
    """Return a count or sum with thousands separators."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment in business time."""
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"


def day_and_time(value: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment in business time where the year is known."""
    return f"{value.astimezone(zone):%m-%d %H:%M}"


def digits_of(numbers: pd.Series) -> int:
    """Return with how many digits, two at most, every number of a column can be written alike."""
    known = numbers.dropna().astype(float)
    return next((digits for digits in (0, 1) if (known - known.round(digits)).abs().lt(1e-9).all()), 2)


def cell(value: object, zone: ZoneInfo) -> str:
    """Return any value of a small frame for reading; moments in business time."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - nulls differ from themselves
        return NOTHING
    if isinstance(value, datetime):
        return moment(value, zone) if value.tzinfo else f"{value:%Y-%m-%d}"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return amount(value) if isinstance(value, int | float) else str(value)


def cells(values: pd.Series, zone: ZoneInfo) -> list[str]:
    """Return a column for reading: moments in business time, numbers with the decimals that one needs, up to two."""
    if not pd.api.types.is_float_dtype(values):
        return [cell(value, zone) for value in values]
    known = [round(float(value), 2) for value in values if not pd.isna(value)]
    digits = max((n for n in (1, 2) if any(round(value, n) != round(value, n - 1) for value in known)), default=0)
    # Zero is added so that what is rounded to nothing has no sign.
    return [NOTHING if pd.isna(value) else f"{round(float(value), digits) + 0.0:,.{digits}f}" for value in values]


def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a small frame, each by column name."""
    return [] if frame.empty else frame.to_dict("records")


def text(row: Mapping[Hashable, Any], name: str) -> str:
    """Return a text column's value, empty where it is null or absent."""
    value = row.get(name)
    return "" if value is None or pd.isna(value) else str(value)


def office_names(offices: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return by its number what an office is called in Chinese and English; in both the same where it has no other."""
    named = ((str(row["office_id"]), str(row["office_name"]), text(row, "office_name_en")) for row in records(offices))
    return {office: (zh, en or zh) for office, zh, en in named}


def named_offices(offices: pd.DataFrame) -> dict[str, str]:
    """Return the same in one text, as a table in both languages shows it."""
    return {office: two(*names) for office, names in office_names(offices).items()}


def two(zh: str, en: str) -> str:
    """Return a word in both languages, once where they are the same or there is only Chinese."""
    return f"{zh} {en}" if en and en != zh else zh
