"""Judges a table by its suites, in one ephemeral Great Expectations context kept for the life of the process."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from expectations.suites import RULES, SCHEMA_AGREES, AtMost, Expectation, expectations_of
from ops_platform.contracts import Column, Contract
from ops_platform.errors import PermanentError

MOST_OFFENDERS = 20


@dataclass(frozen=True)
class Finding:
    """What one failed expectation found.

    Attributes
    ----------
    suite
        Suite that holds the expectation.
    expectation
        Name of the expectation in Great Expectations.
    column
        Column or rule that it is about; empty where it is about the table.
    failed
        Number of rows (columns, where it is about the schema) that fail.
    offenders
        At most 20 of them: key and offending values.
    advice_zh, advice_en
        What to do next.
    """

    suite: str
    expectation: str
    column: str
    failed: int
    offenders: tuple[Mapping[str, object], ...]
    advice_zh: str
    advice_en: str


def validate(contract: Contract, frame: pd.DataFrame) -> list[Finding]:
    """Return what a table breaks; an empty list where it is as its contract says.

    Parameters
    ----------
    contract
        What the table must be.
    frame
        Rows of the table, as `pyarrow.Table.to_pandas` gives them; timestamps in UTC.

    Raises
    ------
    PermanentError
        If Great Expectations itself fails on a column.
    """
    frame = frame.reset_index(drop=True)
    found = judge(schema_of(contract, frame), [SCHEMA_AGREES], key=())
    wrong = {offender["column"] for finding in found for offender in finding.offenders}
    sound = [column for column in frame.columns if column not in wrong]
    asked = expectations_of(contract, sound)
    return found + judge(judged(contract, frame), asked, key=contract.key, shown=frame)


def judge(
    frame: pd.DataFrame, asked: Sequence[Expectation], key: tuple[str, ...], shown: pd.DataFrame | None = None
) -> list[Finding]:
    """Return the failed expectations on a frame whose index counts from 0.

    Parameters
    ----------
    frame
        What is judged.
    asked
        What is expected of it.
    key
        Columns by which a reader knows the row of an offender.
    shown
        The same rows as they are to be shown; those judged where None.

    Raises
    ------
    PermanentError
        If Great Expectations itself fails on a column.
    """
    library, batches = _great_expectations()
    suite = library.ExpectationSuite(
        "asked",
        [getattr(library.expectations, one.kind)(**one.arguments, meta={"at": n}) for n, one in enumerate(asked)],
    )
    batch = batches.get_batch(batch_parameters={"dataframe": frame})
    shape = {"result_format": "SUMMARY", "partial_unexpected_count": MOST_OFFENDERS}
    results = batch.validate(suite, result_format=shape).results
    failed = sorted((one for one in results if not one.success), key=lambda one: int(one.expectation_config.meta["at"]))
    shown = frame if shown is None else shown
    return [_finding(one, asked[one.expectation_config.meta["at"]], shown, key) for one in failed]


def schema_of(contract: Contract, frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``column, expected, found`` for every column of the contract and of the frame; order is part of both."""
    shared = [column.name for column in contract.columns if column.name in frame.columns]
    order = [name for name in frame.columns if name in shared]
    rows = [
        (
            column.name,
            f"{column.dtype} #{shared.index(column.name) + 1}",
            f"{_found_type(column, frame[column.name])} #{order.index(column.name) + 1}",
        )
        if column.name in shared
        else (column.name, column.dtype, "absent")
        for column in contract.columns
    ]
    rows += [(name, "absent", "present") for name in frame.columns if name not in shared]
    return pd.DataFrame(rows, columns=["column", "expected", "found"])


def judged(contract: Contract, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame in types that Great Expectations compares well, with the sides of the cross-column rules.

    Moments lose their zone (they are UTC) and dates become moments, because the library compares bare numpy values.
    """
    plain = frame.copy(deep=False)
    for column in contract.columns:
        if column.dtype in {"timestamp", "date"} and column.name in plain:
            moments = pd.to_datetime(plain[column.name], utc=True, errors="coerce")
            plain[column.name] = moments.dt.tz_localize(None).astype("datetime64[us]")
    for rule in RULES.get(contract.name, ()):
        if set(rule.columns) <= set(plain.columns):
            _add_sides(plain, rule)
    return plain


def _add_sides(frame: pd.DataFrame, rule: AtMost) -> None:
    smaller, larger = rule.sides
    for name, columns in ((smaller, rule.smaller), (larger, rule.larger)):
        if name not in frame:
            side = frame[columns[0]]
            for other in columns[1:]:
                side = side + frame[other]
            if name == larger:
                side = side + pd.Timedelta(days=rule.slack_days) if rule.slack_days else side * rule.times
            frame[name] = side


def _found_type(column: Column, values: pd.Series) -> str:
    try:
        array = pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return "mixed"
    found = array.type
    if pa.types.is_null(found) or found == column.arrow_type:
        return column.dtype
    if column.dtype == "string" and (pa.types.is_large_string(found) or pa.types.is_string_view(found)):
        return "string"
    if column.dtype == "int64" and pa.types.is_float64(found) and values.dropna().mod(1).eq(0).all():
        return "int64"  # how pandas holds whole numbers among which some are missing
    if column.dtype == "timestamp" and pa.types.is_timestamp(found) and found.tz == "UTC":
        return "timestamp"
    return str(found)


def _finding(result: Any, asked: Expectation, shown: pd.DataFrame, key: tuple[str, ...]) -> Finding:
    rows = result.result.get("partial_unexpected_index_list")
    if rows is None:
        raise PermanentError(
            f"{asked.kind} on {asked.column or 'the schema'} cannot be judged: {result.exception_info}"
        )
    columns = [name for name in dict.fromkeys((*key, *asked.looks_at)) if name in shown]
    offenders = tuple(shown.loc[rows[:MOST_OFFENDERS], columns].to_dict("records"))
    failed = int(result.result["unexpected_count"])
    return Finding(asked.suite, asked.kind, asked.column, failed, offenders, *asked.advice)


@cache
def _great_expectations() -> tuple[Any, Any]:
    """Return the library and the one batch definition through which every frame passes.

    Imported here because it takes seconds; its analytics are off first, because an operator's intranet is closed.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports sre_constants
        import great_expectations as library  # noqa: PLC0415
        import great_expectations.expectations  # noqa: PLC0415
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415
    context = library.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return library, asset.add_batch_definition_whole_dataframe("whole")
