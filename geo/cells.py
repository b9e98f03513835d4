"""The cells of a prediction as arrays, checked: what a model cannot use is named with its cell and column."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import Floats

ENVIRONMENTS = ("open", "suburban", "city")
_POSITIVE = ("band_mhz", "antenna_height_m")
_TOP_DEG = {"latitude": 90.0, "longitude": 180.0}


def cell_values(cells: pd.DataFrame, columns: Sequence[str]) -> dict[str, Floats]:
    """Take the columns a model needs, and ``azimuth_deg``, which alone may be missing.

    Parameters
    ----------
    cells
        One row per cell, with ``cell_id`` and ``environment`` (``open``, ``suburban``, ``city``) besides the columns.
    columns
        Columns of numbers, without ``azimuth_deg``.

    Returns
    -------
    dict
        Column name to float64, shape (cells,).

    Raises
    ------
    ValueError
        A column is absent, or a cell lacks a value or has one that cannot be; the message names cell and column.
    """
    absent = [c for c in ("cell_id", *columns, "azimuth_deg", "environment") if c not in cells.columns]
    if absent:
        raise ValueError(f"cells lack the columns {', '.join(absent)}")
    values = {column: cells[column].to_numpy(np.float64, na_value=np.nan) for column in columns}
    for column, value in values.items():
        _refuse(cells, column, ~np.isfinite(value), "is missing")
        if column in _POSITIVE:
            _refuse(cells, column, ~(value > 0), "must be positive")
        if column in _TOP_DEG:
            top = _TOP_DEG[column]
            _refuse(cells, column, np.abs(value) > top, f"must lie within -{top:g} and {top:g}")
    unknown = ~cells["environment"].isin(ENVIRONMENTS).to_numpy(np.bool_)
    _refuse(cells, "environment", unknown, f"must be one of {', '.join(ENVIRONMENTS)}")
    return values | {"azimuth_deg": cells["azimuth_deg"].to_numpy(np.float64, na_value=np.nan)}


def _refuse(cells: pd.DataFrame, column: str, wrong: NDArray[np.bool_], why: str) -> None:
    """Raise with the first offender when any cell is wrong in a column."""
    if not wrong.any():
        return
    first = int(np.argmax(wrong))
    others = f" ({int(wrong.sum())} cells)" if wrong.sum() > 1 else ""
    value = cells[column].iloc[first]
    raise ValueError(f"cell {cells['cell_id'].iloc[first]}: {column} {why}, is {value!r}{others}")
