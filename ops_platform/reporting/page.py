"""The page of a month: one HTML file that needs nothing else, in Chinese and English."""

import base64
from collections.abc import Hashable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from ops_platform.reporting import formats, words
from ops_platform.reporting.charts import score_chart
from ops_platform.reporting.column_names import column
from ops_platform.reporting.fairness import contest_rows, exclusion_rows, left_out
from ops_platform.reporting.insight import Insight
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.restatement import restated_rows
from ops_platform.reporting.sparkline import bullet
from ops_platform.reporting.view import BRANCH, View
from ops_platform.reporting.year_ahead import year_ahead_rows
from ops_platform.settings import Language

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("language.js", "sort.js", "stack.js", "fold.js", "page.js")
TILES = 8
LOSSES_SHOWN = 3
MOVES_SHOWN = 3
ROWS_SHOWN = 8
MOST_ROWS = 60


def render(report: MonthReport) -> str:
    """Return the page of a month as HTML."""
    view = View(report)
    offices = formats.office_names(report.offices)
    staff = {str(row["staff_id"]): str(row["staff_name"]) for row in formats.records(report.staff)}
    return (
        environment()
        .get_template("month.html.j2")
        .render(
            report=report,
            view=view,
            branch=BRANCH,
            offices=offices,
            month_zh=f"{report.month[:4]}年{int(report.month[5:])}月",
            month_en=f"{datetime.strptime(report.month, '%Y-%m'):%B %Y}",  # noqa: DTZ007 - a month has no zone
            css=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
            script=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in SCRIPTS)),  # noqa: S704
            lists={key: _rows(frame, report, offices, staff) for key, frame in report.lists.items()},
            list_columns={key: _columns(frame) for key, frame in report.lists.items()},
            restated=restated_rows(report),
            contests=contest_rows(report),
            year_ahead=year_ahead_rows(report),
            exclusions=exclusion_rows(view),
            left_out=left_out,
            list_totals={key: len(frame) for key, frame in report.lists.items()},
            insight=Insight(report),
            bullet=bullet,
            map_picture=base64.b64encode(report.map_picture).decode(),
            score_charts={name: base64.b64encode(score_chart(view, name)).decode() for name in get_args(Language)},
            moves_shown=MOVES_SHOWN,
            tiles=TILES,
            losses_shown=LOSSES_SHOWN,
            rows_shown=ROWS_SHOWN,
        )
    )


def both(zh: object, en: object) -> Markup:
    """Return a text in both languages, of which the page shows one."""
    if zh == en:
        return escape(zh)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(zh, en)


def _word(key: str, **values: object) -> Markup:
    return both(*words.word(key, **values))


@cache
def environment() -> jinja2.Environment:
    """Return what renders the templates, with the words and formats that all of them use."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=_word, both=both, f=formats, words=words, column=column)
    return environment


def _columns(frame: pd.DataFrame) -> dict[str, bool]:
    """Return the columns to show, and whether each holds numbers."""
    return {
        str(name): pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        for name in frame.columns
        if not _repeats_a_name(str(name), frame) and not _is_translation(str(name), frame)
    }


def _is_translation(name: str, frame: pd.DataFrame) -> bool:
    """Say whether a column is the English of another one."""
    return name.endswith("_en") and name.removesuffix("_en") + "_zh" in frame


def _repeats_a_name(name: str, frame: pd.DataFrame) -> bool:
    """Say whether a column is a code that is shown beside its name."""
    return name not in {"office_id", "staff_id"} and name.endswith("_id") and name.replace("_id", "_name") in frame


def _rows(
    frame: pd.DataFrame, report: MonthReport, offices: dict[str, tuple[str, str]], staff: dict[str, str]
) -> list[list[Markup]]:
    shown_rows = frame.head(MOST_ROWS)
    digits = {str(name): formats.digits_of(shown_rows[name]) for name, number in _columns(frame).items() if number}

    def shown(name: str, value: object) -> Markup:
        if isinstance(value, datetime) and not pd.isna(value):
            return escape(formats.day_and_time(value, report.zone))
        if name in digits and (number := formats.known(value)) is not None:
            return escape(formats.rounded(number, digits[name]))
        if name == "office_id":
            return both(*offices.get(str(value), (value, value)))
        if name == "staff_id":
            return escape(staff.get(str(value), formats.cell(value, report.zone)))
        return escape(formats.cell(value, report.zone))

    def with_code(name: str, row: dict[Hashable, Any]) -> Markup:
        if name.endswith("_zh"):
            texts = (formats.text(row, name), formats.text(row, name.removesuffix("_zh") + "_en"))
            return both(*texts) if any(texts) else escape(formats.NOTHING)
        code = formats.text(row, name.removesuffix("_name") + "_id") if name.endswith("_name") else ""
        if not code:
            return shown(name, row[name])
        return Markup("{} <small>{}</small>").format(formats.text(row, name), code)

    columns = _columns(frame)
    return [[with_code(name, row) for name in columns] for row in formats.records(shown_rows)]
