"""The correction of a month's model by measurements, and how readers are told that it was applied."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.calibration import calibrate
from geo.crs import Grid
from geo.words import Text
from ops_platform.clock import first_day, month_days, shift_month
from ops_platform.contracts import FEEDS
from ops_platform.contracts.coverage import COVERAGE_CALIBRATION
from ops_platform.coverage.model import Model, model_of
from ops_platform.coverage.network import branch_grid, month_cells, office_areas, with_tilt
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts, as_frame
from ops_platform.settings import Settings

RSRP_OF_CODE_0_DBM = -140.5
"""Middle of the range of RSRP code 0 (3GPP TS 36.133 9.1.4)."""
_APPLIED = Text(
    "已按测量校正：{bands}。",
    "Corrected by measurements: {bands}.",
)
_OF_BAND = Text(
    "{band:g} MHz（{levels:,} 个测量、{blocks} 个网格，留出样本偏差 {before:+.1f}→{after:+.1f} dB、标准差 "
    "{sd_before:.1f}→{sd_after:.1f} dB）",
    "{band:g} MHz ({levels:,} levels in {blocks} blocks; held out: bias {before:+.1f} to {after:+.1f} dB, sd "
    "{sd_before:.1f} to {sd_after:.1f} dB)",
)


def month_calibration(facts: Facts, month: str, settings: Settings) -> pa.Table:
    """Learn the month's corrections from the measurements that the settings name; rows of ``coverage_calibration``.

    There are none where calibration is off.

    Raises
    ------
    PermanentError
        If the settings of the calibration contradict each other, or the elevation model cannot be used.
    """
    policy = settings.policy.coverage
    if policy.calibration == "off":
        return COVERAGE_CALIBRATION.schema.empty_table()
    areas = office_areas(facts)
    cells = _uncorrected(facts, month, settings)
    model, grid = model_of(areas, settings, "calibration"), branch_grid(areas, policy)
    residuals = (_of_drive_tests if policy.calibration == "drive_tests" else _of_reports)(
        facts, month, policy.calibration_months, cells, model, grid
    )
    model.drop_unused_traces()
    if residuals.empty:
        return COVERAGE_CALIBRATION.schema.empty_table()
    try:
        found = calibrate(
            residuals,
            block_m=policy.calibration_block_m,
            folds=policy.calibration_folds,
            least_blocks=policy.calibration_blocks,
        )
    except ValueError as error:
        raise PermanentError(f"OPS_POLICY__COVERAGE__CALIBRATION…: {error}") from error
    bands = found.bands.rename(columns={"n": "band_levels", "blocks": "band_blocks"})
    rows = found.corrections.rename(columns={"n": "levels"}).merge(bands, on="band_mhz")
    schema = COVERAGE_CALIBRATION.schema
    rows = rows.assign(month_on=first_day(month))[schema.names]
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False)


def calibrated(model: Model, facts: Facts, month: str) -> Model:
    """Return the model as its readers must know it: with what corrections its cells carry."""
    rows = facts.month(COVERAGE_CALIBRATION, month)
    bands = rows[rows["applied"].astype(bool)].drop_duplicates("band_mhz").sort_values("band_mhz")
    if bands.empty:
        return replace(model, basis=model.basis | {"calibration": "none"})
    figures = [
        {"band": row.band_mhz, "levels": row.band_levels, "blocks": row.band_blocks, "before": row.bias_before_db,
         "after": row.bias_after_db, "sd_before": row.sd_before_db, "sd_after": row.sd_after_db}
        for row in bands.itertuples()
    ]  # fmt: skip
    zh, en = ([template.format(**one) for one in figures] for template in _OF_BAND)
    added = Text(_APPLIED.zh.format(bands="；".join(zh)), _APPLIED.en.format(bands="; ".join(en)))
    text = Text(f"{model.text.zh} {added.zh}", f"{model.text.en} {added.en}")
    return replace(model, text=text, basis=model.basis | {"model": "\n\n".join(text), "calibration": added.en})


def errors_db(facts: Facts, month: str) -> tuple[float, float] | None:
    """Return the standard deviations that remain: of all levels, of each site; None where nothing was corrected.

    Of several bands the larger: a new site may be of any.
    """
    rows = facts.month(COVERAGE_CALIBRATION, month)
    known = rows[rows["applied"].astype(bool)].dropna(subset=["bias_error_db", "site_sd_db"])
    return None if known.empty else (float(known["bias_error_db"].max()), float(known["site_sd_db"].max()))


def _uncorrected(facts: Facts, month: str, settings: Settings) -> pd.DataFrame:
    """Cells that can be predicted, as they are without any correction."""
    cells = as_frame(month_cells(facts, month, settings))
    return with_tilt(cells.dropna(subset="number").reset_index(drop=True))


def _of_drive_tests(
    facts: Facts, month: str, months: int, cells: pd.DataFrame, model: Model, grid: Grid
) -> pd.DataFrame:
    """Residual of every sample: the serving cell predicted alone, where it was measured."""
    samples = facts.month("drive_tests", month, before=months - 1)
    samples = samples[samples["cell_id"].isin(cells["cell_id"])].reset_index(drop=True)
    position = pd.Series(np.arange(len(cells)), cells["cell_id"])
    predicted = pd.Series(np.nan, samples.index)
    for cell_id, mine in samples.groupby("cell_id"):
        one = cells.iloc[[position[cell_id]]].reset_index(drop=True)
        predicted[mine.index] = model.levels(one, mine)["level_dbm"]
    x, y = grid.to_plane(samples["longitude"], samples["latitude"])
    of_cell = cells.set_index("cell_id")[["band_mhz", "environment", "site_id"]]
    rows = samples[["cell_id"]].join(of_cell, on="cell_id")
    return rows.assign(x_m=x, y_m=y, residual_db=samples["level_dbm"] - predicted).dropna(subset="residual_db")


def _of_reports(facts: Facts, month: str, months: int, cells: pd.DataFrame, model: Model, grid: Grid) -> pd.DataFrame:
    """Residual of every cell: the mean level of its users less that of the people whom it serves as predicted.

    Reports say nowhere where they were measured.
    """
    days = {str(day) for n in range(months) for day in month_days(shift_month(month, -n))}
    reports = _report_sums(facts, sorted(days))
    settlements = facts.whole("settlements")
    served = model.levels(cells, settlements).assign(people=settlements["people"].to_numpy(np.float64))
    served = served.dropna(subset="level_dbm")
    weighted = (served["level_dbm"] * served["people"]).groupby(served["cell_id"]).sum()
    people = served.groupby("cell_id")["people"].sum()
    rows = cells.join((weighted / people.where(people > 0)).rename("predicted_dbm"), on="cell_id")
    rows = rows.join(reports, on="cell_id").dropna(subset=["predicted_dbm", "measured_dbm"])
    x, y = grid.to_plane(rows["longitude"], rows["latitude"])
    return rows.assign(x_m=x, y_m=y, residual_db=rows["measured_dbm"] - rows["predicted_dbm"])


def _report_sums(facts: Facts, days: list[str]) -> pd.Series:
    """Mean level of each cell's periodic samples, dBm."""
    contract = FEEDS["measurement_reports"]
    there = sorted({*days} & {*facts.warehouse.partitions(contract)})
    rows = as_frame(facts.warehouse.read(contract, there))
    rows = rows[(rows["kind"] == "mro") & rows["rsrp_code_sum"].notna()]
    sums = rows.groupby("cell_id")[["rsrp_code_sum", "samples"]].sum()
    sums = sums[sums["samples"] > 0]
    return (sums["rsrp_code_sum"] / sums["samples"] + RSRP_OF_CODE_0_DBM).astype(np.float64).rename("measured_dbm")
