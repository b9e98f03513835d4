"""The correction by measurements over facts: off unless asked for, said where it is applied, kept away elsewhere."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from geo.map import coverage_map
from ops_platform.contracts.coverage import COVERAGE_CALIBRATION
from ops_platform.coverage.calibration import errors_db, month_calibration
from ops_platform.coverage.model import model_of
from ops_platform.coverage.network import office_areas, predicted_cells
from ops_platform.errors import PermanentError
from tests.geo.test_month_coverage import AREA, CELL, month_coverage, ridge, settings_of
from tests.maintenance.builders import store

MONTH = "2026-03"
TRUE_BIAS_DB = -9.0


def facts_of(root, samples=(), reports=()):
    """Return two bands on one mast, villages around it, and what was measured."""
    villages = [
        {"settlement_id": f"V{i}", "settlement_name": f"V{i}", "office_id": "O1", "people": 100,
         "latitude": 35.15 + 0.03 * np.sin(i), "longitude": 101.58 + 0.03 * np.cos(i)}
        for i in range(6)
    ]  # fmt: skip
    return store(
        root,
        offices=[{"area_wkt": AREA, "office_name_en": "County"}],
        sites=[{"latitude": 35.15, "longitude": 101.58, "area_class": "rural", "in_service_on": date(2020, 1, 1)}],
        cells=[
            CELL | {"cell_id": "C1", "azimuth_deg": None},
            CELL | {"cell_id": "C2", "azimuth_deg": None, "band_mhz": 1800.0},
        ],
        settlements=villages,
        drive_tests=list(samples),
        measurement_reports=list(reports),
    )


def drive(facts, settings, cell="C1", samples=400, bias=TRUE_BIAS_DB, day=10, month=3, seed=4):
    """Return samples of a drive around the mast, as the model has them but for a bias and an error of 4 dB."""
    rng = np.random.default_rng(seed)
    places = pd.DataFrame(
        {"latitude": rng.uniform(35.11, 35.19, samples), "longitude": rng.uniform(101.53, 101.63, samples)}
    )
    cells = predicted_cells(facts, MONTH)
    one = cells[cells["cell_id"] == cell].reset_index(drop=True)
    level = model_of(office_areas(facts), settings).levels(one, places)["level_dbm"]
    return [
        {"cell_id": cell, "measured_at": datetime(2026, month, day, tzinfo=UTC), "latitude": row.latitude,
         "longitude": row.longitude, "level_dbm": float(dbm + bias + error)}
        for row, dbm, error in zip(places.itertuples(), level, rng.normal(0, 4, samples), strict=True)
    ]  # fmt: skip


@pytest.fixture
def driven(tmp_path):
    """Return facts with a drive test of the lower band."""
    settings = settings_of(tmp_path)
    plain = facts_of(tmp_path / "plain")
    month_coverage(plain, MONTH, settings)
    return facts_of(tmp_path / "warehouse", drive(plain, settings))


def learn(facts, settings):
    table = month_calibration(facts, MONTH, settings)
    facts.warehouse.write(COVERAGE_CALIBRATION, table, MONTH)
    return table.to_pylist()


def test_it_is_off_unless_a_setting_says_so(driven, tmp_path):
    settings = settings_of(tmp_path)
    assert learn(driven, settings) == []
    found = month_coverage(driven, MONTH, settings)
    assert found.basis["calibration"] == "none"
    assert "Corrected by measurements" not in coverage_map(found.content)
    assert errors_db(driven, MONTH) is None


def test_the_bias_is_taken_from_every_level_of_the_band_and_the_reader_told(driven, tmp_path):
    before = month_coverage(driven, MONTH, settings_of(tmp_path)).levels
    settings = settings_of(tmp_path, policy={"calibration": "drive_tests"})
    (row,) = learn(driven, settings)
    assert row["applied"]
    assert row["correction_db"] == pytest.approx(TRUE_BIAS_DB, abs=0.7)
    assert (row["band_mhz"], row["environment"], row["levels"], row["band_levels"]) == (900.0, "open", 400, 400)
    assert row["bias_before_db"] == pytest.approx(TRUE_BIAS_DB, abs=0.7)
    assert abs(row["bias_after_db"]) < 0.3
    assert row["sd_after_db"] == pytest.approx(4.0, abs=0.5)
    found = month_coverage(driven, MONTH, settings)
    cells = predicted_cells(driven, MONTH).set_index("cell_id")["reference_power_dbm"]
    assert cells["C1"] == pytest.approx(12.2 + row["correction_db"])
    assert cells["C2"] == 12.2
    fell = [before[name] - found.levels[name] for name in before]
    assert max(fell) > 3  # of the corrected band, until the other serves
    page = coverage_map(found.content)
    for text in ("Corrected by measurements: 900 MHz (400 levels in", "已按测量校正：900 MHz（400 个测量"):
        assert text in page
    assert "held out: bias" in found.basis["calibration"]
    assert errors_db(driven, MONTH) is None  # one site says nothing of the spread from site to site


def test_over_terrain_the_samples_are_held_against_the_terrain(tmp_path):
    settings = settings_of(tmp_path, terrain=ridge(tmp_path / "ridge.tif"), policy={"calibration": "drive_tests"})
    plain = facts_of(tmp_path / "plain")
    month_coverage(plain, MONTH, settings)
    facts = facts_of(tmp_path / "warehouse", drive(plain, settings))
    (row,) = learn(facts, settings)
    assert row["correction_db"] == pytest.approx(TRUE_BIAS_DB, abs=0.7)
    assert row["sd_after_db"] == pytest.approx(4.0, abs=0.6)


def test_too_few_blocks_correct_nothing_and_say_so(driven, tmp_path):
    settings = settings_of(tmp_path, policy={"calibration": "drive_tests", "calibration_blocks": 500})
    (row,) = learn(driven, settings)
    assert not row["applied"]
    assert row["bias_after_db"] is None
    found = month_coverage(driven, MONTH, settings)
    assert found.basis["calibration"] == "none"
    assert predicted_cells(driven, MONTH)["reference_power_dbm"].tolist() == [12.2, 12.2]


def test_only_so_many_months_count(driven, tmp_path):
    late = settings_of(tmp_path, policy={"calibration": "drive_tests", "calibration_months": 2})
    assert month_calibration(driven, "2026-04", late).num_rows == 1
    assert month_calibration(driven, "2026-05", late).num_rows == 0


def test_measurement_reports_correct_by_the_people_served(tmp_path):
    def report(kind, code, samples, cell="C1"):
        return {"cell_id": cell, "period_start_at": datetime(2026, 3, 5, tzinfo=UTC), "period_s": 900, "kind": kind,
                "samples": samples, "covered_samples": 0, "rsrp_code_sum": code * samples}  # fmt: skip

    settings = settings_of(tmp_path, policy={"calibration": "measurement_reports", "calibration_blocks": 5})
    plain = facts_of(tmp_path / "plain")
    levels = month_coverage(plain, MONTH, settings).levels
    facts = facts_of(tmp_path / "warehouse", reports=[report("mro", 40, 500), report("mre", 0, 500)])
    (row,) = learn(facts, settings)
    assert row["bias_before_db"] == pytest.approx(40 - 140.5 - np.mean(list(levels.values())), abs=0.01)
    assert not row["applied"]  # one block


def test_settings_that_contradict_each_other_are_said(driven, tmp_path):
    settings = settings_of(tmp_path, policy={"calibration": "drive_tests", "calibration_blocks": 3})
    with pytest.raises(PermanentError, match=r"OPS_POLICY__COVERAGE__CALIBRATION.*least_blocks"):
        month_calibration(driven, MONTH, settings)
