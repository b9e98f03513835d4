"""What the map of a month shows, from what is stored."""

from geo.gather import best_of
from geo.map import MapContent
from geo.words import Text
from ops_platform.contracts.derived import COVERAGE_LEVELS
from ops_platform.coverage.gaps import stored_gaps, stored_layer
from ops_platform.coverage.network import month_sites, office_areas
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.settings import Settings


def map_content(facts: Facts, month: str, settings: Settings) -> MapContent:
    """Return everything that a month's map shows.

    Raises
    ------
    PermanentError
        If the month was not predicted yet, or its gaps not drawn.
    """
    layer, settlements = stored_layer(facts, month), facts.whole("settlements")
    gaps = stored_gaps(facts, month)
    if gaps is None:
        raise PermanentError(f"the gaps of {month} were not drawn yet: materialise coverage_gaps for it first")
    levels = facts.month(COVERAGE_LEVELS, month).set_index("settlement_id")[["level_dbm", "cell_id"]]
    return MapContent(
        title=Text(f"{settings.branch} {month} 覆盖图", f"{settings.branch_en}: coverage {month}"),
        note=Text(settings.note, settings.note_en),
        coverage=best_of(layer.servers, layer.grid),
        threshold_dbm=settings.policy.coverage.threshold_dbm,
        areas=office_areas(facts),
        gaps=gaps,
        sites=month_sites(facts, month),
        cells=layer.cells.assign(tilt_deg=layer.cells["mechanical_tilt_deg"] + layer.cells["electrical_tilt_deg"]),
        settlements=settlements,
        settlement_levels=levels.reindex(settlements["settlement_id"]).reset_index(drop=True),
        model=Text(layer.about["model_zh"], layer.about["model_en"]),
    )
