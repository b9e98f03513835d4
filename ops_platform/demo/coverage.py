"""True coverage: Okumura-Hata and COST 231-Hata written anew from their formulas, with the TR 36.814 pattern."""

import math

import numpy as np
import numpy.typing as npt

from ops_platform.demo.books import Books, Row
from ops_platform.demo.branch import Branch, Cell, Settlement
from ops_platform.demo.places import WGS84

Floats = npt.NDArray[np.float64]

RECEIVER_M = 1.5
RADIUS_M = 20_000.0
NEAREST_KM = 0.02
THRESHOLD_DBM = -105.0
CLEARANCE_DB = 0.5
HATA_UP_TO_MHZ = 1_500.0
DEGREE_M = 111_000.0


def path_loss_db(mhz: float, antenna_m: float, km: float, area_class: str, receiver_m: float = RECEIVER_M) -> float:
    """Return the median path loss in dB (Hata 1980; COST 231 final report, medium city)."""
    distance = max(km, NEAREST_KM)
    log_f, log_h = math.log10(mhz), math.log10(antenna_m)
    mobile = (1.1 * log_f - 0.7) * receiver_m - (1.56 * log_f - 0.8)
    loss = 69.55 + 26.16 * log_f if mhz <= HATA_UP_TO_MHZ else 46.3 + 33.9 * log_f
    loss += -13.82 * log_h - mobile + (44.9 - 6.55 * log_h) * math.log10(distance)
    if area_class == "rural":
        return loss - 4.78 * log_f**2 + 18.33 * log_f - 40.94
    if area_class == "town":
        return loss - 2 * math.log10(mhz / 28) ** 2 - 5.4
    return loss


def pattern_loss_db(off_azimuth_deg: float, off_tilt_deg: float) -> float:
    """Return the antenna's pattern loss in dB (3GPP TR 36.814 table A.2.1.1-2, 65 by 10 degrees)."""
    horizontal = min(12 * (off_azimuth_deg / 65) ** 2, 25.0)
    vertical = min(12 * (off_tilt_deg / 10) ** 2, 20.0)
    return min(horizontal + vertical, 25.0)


def received_dbm(cell: Cell, metres: float, bearing_deg: float) -> float:
    """Return the level of a cell at a distance and bearing from its site."""
    off_azimuth = 0.0 if cell.azimuth_deg is None else (bearing_deg - cell.azimuth_deg + 180) % 360 - 180
    below = math.degrees(math.atan2(cell.height_m - RECEIVER_M, metres))
    loss = pattern_loss_db(off_azimuth, below - cell.mechanical_tilt_deg - cell.electrical_tilt_deg)
    loss += path_loss_db(cell.band_mhz, cell.height_m, metres / 1000, cell.site.area_class)
    return cell.power_dbm + cell.gain_dbi - loss


class Coverage:
    """Levels of every cell at a settlement."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self._cells: dict[str, list[Cell]] = {}
        for cell in branch.cells:
            self._cells.setdefault(cell.site.site_id, []).append(cell)
        self._lat: Floats = np.array([site.latitude for site in branch.sites])
        self._lon: Floats = np.array([site.longitude for site in branch.sites])

    def levels(self, place: Settlement) -> list[tuple[float, Cell]]:
        """Return the level of every cell within the radius, strongest first."""
        north = np.abs(self._lat - place.latitude) * DEGREE_M
        east = np.abs(self._lon - place.longitude) * DEGREE_M * math.cos(math.radians(place.latitude))
        near = np.flatnonzero(np.hypot(north, east) < RADIUS_M * 1.05)
        if not len(near):
            return []
        there = np.full(len(near), place.latitude), np.full(len(near), place.longitude)
        bearing, _, metres = WGS84.inv(self._lon[near], self._lat[near], there[1], there[0])
        found = [
            (received_dbm(cell, float(metres[k]), float(bearing[k])), cell)
            for k, index in enumerate(near)
            if metres[k] <= RADIUS_M
            for cell in self._cells[self.branch.sites[int(index)].site_id]
        ]
        return sorted(found, key=lambda pair: -pair[0])


def simulate_coverage(branch: Branch, books: Books) -> list[Row]:
    """Return month, settlement, best level, whether it is covered, and the site that alone covers it where one does.

    Settlements too close to call are dropped.
    """
    coverage = Coverage(branch)
    lasts = [edge - 1 for edge in branch.period.edges[1:]]
    truth: list[Row] = []
    kept: list[Settlement] = []
    for place in branch.settlements:
        levels = coverage.levels(place)
        best = [next(((dbm, cell) for dbm, cell in levels if cell.site.live(day)), None) for day in lasts]
        if any(found and abs(found[0] - THRESHOLD_DBM) < CLEARANCE_DB for found in best):
            continue
        kept.append(place)
        for day, found in zip(lasts, best, strict=True):
            covered = found is not None and found[0] >= THRESHOLD_DBM
            serving = {cell.site.site_id for dbm, cell in levels if cell.site.live(day) and dbm >= THRESHOLD_DBM}
            truth.append(
                {
                    "month": branch.period.month(day),
                    "settlement_id": place.settlement_id,
                    "level_dbm": found[0] if found else None,
                    "cell_id": found[1].cell_id if found else None,
                    "covered": covered,
                    "only_site_id": min(serving) if len(serving) == 1 else None,
                }
            )
            part = place.people if covered else 0
            books.measures.add("coverage_population_share", day, place.office_id, None, part, place.people)
            books.scenarios["settlement_covered" if covered else "settlement_uncovered"] += 1
    branch.settlements = kept
    return truth
