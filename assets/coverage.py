"""Coverage: site geometry, servers and levels, gaps and what became of them, areas, the map of a month."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa

from assets.partitions import MONTHS
from assets.results import OWNERS, file_result, picture, table_result
from assets.tables import month_spec
from geo.analyst import analyst_map, served_patches
from geo.map import coverage_map
from geo.preview import preview_png
from ops_platform.contracts import Contract
from ops_platform.contracts.coverage import (
    COVERAGE_AREAS,
    COVERAGE_CALIBRATION,
    COVERAGE_CELLS,
    COVERAGE_GAP_CHANGES,
    COVERAGE_GAPS,
    COVERAGE_LEVELS,
    COVERAGE_SERVERS,
    SITE_CANDIDATES,
)
from ops_platform.coverage.gaps import areas_of, changes_of, month_gaps, write_gap_files
from ops_platform.coverage.network import month_cells
from ops_platform.coverage.picture import map_content
from ops_platform.coverage.predict import store_prediction
from ops_platform.coverage.rasters import BEST_SERVER, Rasters
from ops_platform.facts import as_frame
from ops_platform.platform import Platform
from ops_platform.reporting.assemble import ANALYST_MAP, MAP, MAP_PICTURE
from ops_platform.warehouse import replacing

GROUP = "coverage"
COVERAGE_MAP = "coverage_map"
_REGISTERS = ["cells", "sites", "acceptance_tests"]
_ON_MAPS = [
    COVERAGE_GAPS.name, BEST_SERVER, COVERAGE_LEVELS.name, COVERAGE_SERVERS.name, SITE_CANDIDATES.name,
    "settlements", "offices", *_REGISTERS,
]  # fmt: skip
_RASTERS_DESCRIPTION = (
    "最强基站与重叠：每个像素由强到弱的基站及电平、达到门限的基站数，全部、按制式、按频段各一幅云优化 GeoTIFF。\n\n"
    "Best servers and overlap: every pixel's strongest sites with their levels and how many reach the threshold, as "
    "cloud-optimised GeoTIFFs of all cells, of each technology and of each band."
)


def _spec(contract: Contract, deps: list[str]) -> dg.AssetSpec:
    return month_spec(contract, GROUP, deps, {"geopandas", "parquet"})


def _stored(
    platform: Platform, contract: Contract, rows: pa.Table, month: str, first: str = "", **metadata: object
) -> dg.MaterializeResult:
    """Write a month's rows; the preview begins with the lowest of a column, or as they stand."""
    platform.warehouse.write(contract, rows, month)
    sample = as_frame(rows)
    sample = sample.sort_values(first, na_position="first") if first else sample
    return table_result(platform, contract, [month], rows.num_rows, sample, **metadata)


def _table(contract: Contract, rows: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(rows[contract.schema.names], schema=contract.schema, preserve_index=False)


@dg.multi_asset(specs=[_spec(COVERAGE_CELLS, [COVERAGE_CALIBRATION.name, *_REGISTERS])])
def coverage_cells(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Take the geometry of the cells in service on the month's last day."""
    rows = month_cells(platform.facts, context.partition_key, platform.settings)
    left_out = rows["number"].null_count
    return _stored(platform, COVERAGE_CELLS, rows, context.partition_key, cells_left_out=left_out)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            BEST_SERVER,
            group_name=GROUP,
            partitions_def=MONTHS,
            deps=[COVERAGE_CELLS.name, "settlements", "offices"],
            description=_RASTERS_DESCRIPTION,
            owners=OWNERS,
            kinds={"tiff"},
        ),
        _spec(COVERAGE_LEVELS, [COVERAGE_CELLS.name, "settlements", "offices"]),
        _spec(COVERAGE_SERVERS, [COVERAGE_CELLS.name, "settlements", "offices"]),
    ]
)
def best_servers(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Predict who serves every pixel, settlement and populated place; only around changes where that can be."""
    month = context.partition_key
    found = store_prediction(platform.facts, month, platform.settings)
    yield file_result(
        BEST_SERVER, Rasters(platform.warehouse).path(month), layers=", ".join(found.layers), **found.basis
    )
    yield _stored(platform, COVERAGE_LEVELS, found.levels, month, first="level_dbm", **found.basis)
    yield _stored(platform, COVERAGE_SERVERS, found.servers, month)


@dg.multi_asset(
    specs=[
        _spec(COVERAGE_GAPS, [BEST_SERVER, COVERAGE_LEVELS.name, "settlements", "offices", *_REGISTERS]),
        _spec(COVERAGE_AREAS, [BEST_SERVER, COVERAGE_LEVELS.name, "settlements", "offices"]),
    ]
)
def coverage_gaps(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Draw the month's gaps, for the platform and as files for other programs, and sum up every area."""
    month, settings = context.partition_key, platform.settings
    gaps = month_gaps(platform.facts, month, settings)
    with replacing(platform.warehouse.path(COVERAGE_GAPS, month), platform.warehouse.root) as path:
        gaps.to_parquet(path)
    files = write_gap_files(gaps, month, settings.reports)
    sample = pd.DataFrame(gaps.drop(columns="geometry"))
    yield table_result(
        platform, COVERAGE_GAPS, [month], len(gaps), sample, files="\n".join(str(file.absolute()) for file in files)
    )
    yield _stored(platform, COVERAGE_AREAS, _table(COVERAGE_AREAS, areas_of(platform.facts, month, settings)), month)


@dg.multi_asset(specs=[_spec(COVERAGE_GAP_CHANGES, [COVERAGE_GAPS.name])])
def coverage_gap_changes(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Say which gaps are new, closed, grown or shrunk since the month before."""
    month = context.partition_key
    rows = changes_of(platform.facts, month, platform.settings)
    counts = {kind: int(count) for kind, count in rows["change"].value_counts().items()}
    return _stored(platform, COVERAGE_GAP_CHANGES, _table(COVERAGE_GAP_CHANGES, rows), month, changes=counts)


def _written(reports: Path, month: str, name: str, content: bytes) -> Path:
    """Write a file of a month's reports and return where it is."""
    file = reports / month / name
    with replacing(file, reports) as path:
        path.write_bytes(content)
    return file


_page = partial(
    dg.asset,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=_ON_MAPS,
    owners=OWNERS,
    kinds={"geopandas", "html"},
)


@_page(name=COVERAGE_MAP)
def month_map(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """覆盖图：离线可开的网页。

    The month's coverage map: a page that opens without internet.
    """
    settings = platform.settings
    content = map_content(platform.facts, context.partition_key, settings, platform.now())
    page = _written(settings.reports, context.partition_key, MAP, coverage_map(content, settings.language).encode())
    drawn = preview_png(content, settings.language)
    _written(settings.reports, context.partition_key, MAP_PICTURE, drawn)
    return file_result(COVERAGE_MAP, page, map=picture(drawn))


@_page(name="analyst_map")
def month_analyst_map(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """分析图：每一片区由谁服务、电平、重叠；需要 WebGL。

    The analyst's map: who serves every patch, how strong, how many overlap; it needs WebGL and opens without internet.
    """
    settings = platform.settings
    content = map_content(platform.facts, context.partition_key, settings, platform.now())
    patches = served_patches(content)
    html = analyst_map(content, patches, settings.language)
    page = _written(settings.reports, context.partition_key, ANALYST_MAP, html.encode())
    return file_result("analyst_map", page, patches=len(patches), size_mb=round(page.stat().st_size / 1e6, 1))


ASSETS = [coverage_cells, best_servers, coverage_gaps, coverage_gap_changes, month_map, month_analyst_map]
