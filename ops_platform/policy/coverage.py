"""House rules of coverage and of new sites."""

from typing import Annotated, Literal

from pydantic import Field

from ops_platform.policy.base import HouseRules


class CoveragePolicy(HouseRules):
    """When a place is covered, and how finely it is looked at."""

    threshold_dbm: float = -105.0
    """A place is covered where the best server reaches this received reference level."""
    pixel_m: int = 250
    radius_km: float = 20.0
    receiver_height_m: float = 1.5
    above_2_ghz: Literal["cost231", "tr38901"] = "cost231"
    """The formula over flat ground beyond the frequencies for which COST 231-Hata was published: that nevertheless, or
    3GPP TR 38.901 without line of sight, RMa in open and suburban surroundings and UMa in a city."""
    terrain_step_m: float = 100.0
    """Terrain is laid on pixels of this edge, and profiles take a point every so often."""
    location_pct: float = 50.0
    """Over terrain, the level is exceeded in this per cent of a pixel's locations; 50 is the median."""
    lapse_rate: float = 45.0
    """Mean fall of the refractive index through the lowest kilometre, N-units/km; ITU-R P.453 has maps of it."""
    clutter_m: dict[int, float] = {
        10: 15.0, 20: 3.0, 30: 0.0, 40: 0.0, 50: 10.0, 60: 0.0, 70: 0.0, 80: 0.0, 90: 0.0, 95: 10.0, 100: 0.0,
    }  # fmt: skip
    """Representative height of each class of land cover; the classes are those of ESA WorldCover."""
    bandwidth_mhz: dict[Literal["LTE", "NR"], float] = {}
    """Channel bandwidth of carriers whose register gives their whole power and not that of the reference signal.
    Without it such cells are left out."""
    calibration: Literal["off", "drive_tests", "measurement_reports"] = "off"
    """By which measurements levels are corrected. Where they say too little of a band, or the correction does not
    do better on what was held out, the band stays as the model predicts it."""
    calibration_months: Annotated[int, Field(ge=1, le=13)] = 13
    """Measurements of so many months count, the last included;"""
    calibration_block_m: Annotated[float, Field(gt=0)] = 1000.0
    """those within squares of this edge as one,"""
    calibration_folds: Annotated[int, Field(ge=2)] = 5
    """of which one in so many is held out at a time;"""
    calibration_blocks: int = 20
    """and a band needs so many."""
    servers_kept: int = 8
    """Strongest sites that are kept of every pixel: who serves, and who takes over."""
    place_servers_kept: int = 64
    """The same of every settlement; so many that it is known without predicting again what the outage of a whole county
    does to its people."""
    layer_servers_kept: int = 3
    """The same for the rasters of one technology or band."""
    gap_min_km2: float = 1.0
    """Smaller pieces without coverage are no gap."""
    gap_speck_px: int = 4
    """Covered or uncovered pieces of fewer pixels are taken for what surrounds them before gaps are drawn."""
    gap_change_km2: float = 0.5
    """A gap whose area changed by less is unchanged."""


class NewSiteKind(HouseRules):
    """A kind of new site: one cell without azimuth stands for its sectors."""

    band_mhz: float
    antenna_height_m: float
    antenna_gain_dbi: float
    reference_power_dbm: float
    cost: Annotated[float, Field(gt=0)]
    """In any unit, the same for all kinds and the budget."""
    spacing_m: Annotated[float, Field(ge=0)]
    """Least distance from any other site; between two kinds the larger holds."""


class SitingPolicy(HouseRules):
    """Where new sites may stand, what they are for, and how sure one must be."""

    kinds: Annotated[dict[str, NewSiteKind], Field(min_length=1)] = {
        "macro": NewSiteKind(
            band_mhz=900, antenna_height_m=35, antenna_gain_dbi=15, reference_power_dbm=15.2, cost=10, spacing_m=1000
        ),
        "micro": NewSiteKind(
            band_mhz=1800, antenna_height_m=12, antenna_gain_dbi=10, reference_power_dbm=5, cost=1, spacing_m=200
        ),
    }
    count: Annotated[int, Field(ge=1)] = 20
    """Most new sites on the list."""
    budget: float | None = None
    """Most that they cost together; empty: any."""
    lattice_m: Annotated[float, Field(gt=0)] = 2000.0
    """Sites may stand at settlements with demand, and on a lattice of this step"""
    within_km: float = 6.0
    """so near such a settlement."""
    weak_db: float = 10.0
    """A settlement less than so much above the threshold is weakly covered: its complaints and traffic count."""
    complaint_months: Annotated[int, Field(ge=1, le=3)] = 3
    """Complaints of so many months count, the last included."""
    complaint_people: float = 20.0
    """A complaint about coverage counts like so many people without it,"""
    erl_people: float = 10.0
    """and an erlang of busy-hour traffic in a weakly covered place like so many."""
    moves: Annotated[int, Field(ge=0)] = 3000
    """Moves that are tried for every new site; more of them take longer and come nearer to the optimum."""
    certify_s: float = 20.0
    """Time for the solver that says how far from the optimum the list can be."""
    draws: Annotated[int, Field(ge=100)] = 1000
    """Draws of the model's error, on which each site is tried."""
    constant_sd_db: float = 4.0
    """Standard deviation of an error that all levels share, and"""
    site_sd_db: float = 6.0
    """of one that each site has of its own, while no calibration says better."""
