"""How an asset tells the Dagster UI what it made."""

import base64
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from ops_platform.contracts import Contract
from ops_platform.contracts.network import STAFF
from ops_platform.platform import Platform
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.masking import NO_MASK, staff_mask

OWNERS = ["team:network-operations"]
_PREVIEW_ROWS, _PREVIEW_COLUMNS = 10, 12
"""More columns than these the UI's dialog does not show side by side."""


def column_schema(contract: Contract) -> dg.TableSchema:
    """Return the columns of a table with their names in both languages."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.dtype,
                description=" · ".join(part for part in (column.zh, column.en, column.unit) if part),
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=contract.key == (column.name,)),
            )
            for column in contract.columns
        ]
    )


def describe(contract: Contract) -> str:
    """Return the description of a table in both languages."""
    return f"{contract.zh}。\n\n{contract.en}."


def static_metadata(contract: Contract) -> dict[str, Any]:
    """Return what is known of a table before it is made: its columns and its key."""
    return {"dagster/column_schema": column_schema(contract), "key": ", ".join(contract.key)}


def table_result(
    platform: Platform,
    contract: Contract,
    keys: list[str],
    rows: int,
    sample: pd.DataFrame,
    **metadata: Any,
) -> dg.MaterializeResult:
    """Return the result of a table asset: row count, place, preview in business time.

    The preview names nobody of the staff register, except where it is of that register.
    """
    mask = NO_MASK if contract is STAFF else staff_mask(platform.warehouse)
    preview = frame_preview(sample, platform.settings.zone, _PREVIEW_ROWS, _PREVIEW_COLUMNS, mask)
    files = platform.warehouse.files(contract, keys[-1:])
    place = (files[0] if len(files) == 1 else platform.warehouse.path(contract, keys[-1]).parent).absolute()
    return dg.MaterializeResult(
        asset_key=contract.name,
        metadata={
            "dagster/row_count": rows,
            "dagster/uri": place.as_uri(),
            **metadata,
            "preview": dg.MetadataValue.md(preview),
        },
    )


def file_result(name: str, path: Path, **metadata: Any) -> dg.MaterializeResult:
    """Return the result of an asset that is a file people open."""
    place = path.absolute()
    return dg.MaterializeResult(
        asset_key=name, metadata={"dagster/uri": place.as_uri(), "file": dg.MetadataValue.path(place), **metadata}
    )


def picture(png: bytes) -> dg.MarkdownMetadataValue:
    """Return a picture that the UI shows in an asset's metadata."""
    return dg.MetadataValue.md(f"![](data:image/png;base64,{base64.b64encode(png).decode()})")
