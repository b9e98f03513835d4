"""Coverage: predicted levels, gaps and the map of a month."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.partitions import MONTHS
from assets.results import OWNERS, describe, file_result, picture, static_metadata, table_result
from geo.map import coverage_map
from geo.preview import preview_png
from ops_platform.clock import first_day
from ops_platform.contracts.derived import COVERAGE_GAPS, COVERAGE_LEVELS
from ops_platform.coverage import month_coverage
from ops_platform.facts import as_frame
from ops_platform.platform import Platform
from ops_platform.reporting.assemble import MAP, MAP_PICTURE
from ops_platform.warehouse import replacing

GROUP = "coverage"
COVERAGE_MAP = "coverage_map"
_DEPENDENCIES = ["cells", "sites", "acceptance_tests", "settlements", "offices"]
_MAP_DESCRIPTION = "覆盖图：离线可开的网页。\n\nThe month's coverage map: a page that opens without internet."


def _spec(name: str, description: str, kind: str, metadata: dict[str, object]) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        group_name=GROUP,
        partitions_def=MONTHS,
        deps=_DEPENDENCIES,
        description=description,
        metadata=metadata,
        owners=OWNERS,
        kinds={"geopandas", kind},
    )


@dg.multi_asset(
    specs=[
        _spec(COVERAGE_LEVELS.name, describe(COVERAGE_LEVELS), "parquet", static_metadata(COVERAGE_LEVELS)),
        _spec(COVERAGE_GAPS.name, describe(COVERAGE_GAPS), "parquet", static_metadata(COVERAGE_GAPS)),
        _spec(COVERAGE_MAP, _MAP_DESCRIPTION, "html", {}),
    ]
)
def coverage(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[dg.MaterializeResult]:
    """Predict the coverage of the cells in service on the month's last day, find the gaps and draw the map."""
    month, settings = context.partition_key, platform.settings
    found = month_coverage(platform.facts, month, settings)
    platform.warehouse.write(COVERAGE_LEVELS, found.levels, month)
    sample = as_frame(found.levels).sort_values("level_dbm", na_position="first")
    yield table_result(
        platform,
        COVERAGE_LEVELS,
        [month],
        found.levels.num_rows,
        sample,
        cells_left_out=len(found.left_out),
        **found.basis,
    )
    gaps = found.content.gaps
    with replacing(platform.warehouse.path(COVERAGE_GAPS, month), platform.warehouse.root) as path:
        gaps.assign(month_on=first_day(month)).to_parquet(path)
    yield table_result(platform, COVERAGE_GAPS, [month], len(gaps), pd.DataFrame(gaps.drop(columns="geometry")))
    page = settings.reports / month / MAP
    with replacing(page, settings.reports) as path:
        path.write_text(coverage_map(found.content, settings.language), encoding="utf-8")
    drawn = preview_png(found.content, settings.language)
    with replacing(settings.reports / month / MAP_PICTURE, settings.reports) as path:
        path.write_bytes(drawn)
    yield file_result(COVERAGE_MAP, page, map=picture(drawn))


ASSETS = [coverage]
