"""The page over all pages: every month's ranking and files, every office's way through the months."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from markupsafe import Markup

from ops_platform.clock import month_of
from ops_platform.reporting import formats
from ops_platform.reporting.page import TEMPLATES, environment
from ops_platform.reporting.sparkline import sparkline
from ops_platform.settings import Language

INDEX = "index.html"


@dataclass(frozen=True, kw_only=True)
class Index:
    """What the page over all months shows.

    Attributes
    ----------
    branch, branch_en
        Names of the branch.
    offices
        ``office_id``, ``office_name``, ``office_name_en``.
    rankings
        Rows of the contract ``rankings`` of all months.
    published
        Month to when it was published.
    files
        Month to the names of the files beside its page, by a key of `words.WORDS`.
    generated_at, zone, language
        When it was made, the business time zone, its first language.
    """

    branch: str
    branch_en: str
    offices: pd.DataFrame
    rankings: pd.DataFrame
    published: dict[str, datetime]
    files: dict[str, dict[str, str]]
    generated_at: datetime
    zone: ZoneInfo
    language: Language = "zh"


def render_index(index: Index) -> str:
    """Return the page as HTML."""
    offices = {str(row["office_id"]): row for row in formats.records(index.offices)}
    rows = [row for row in formats.records(index.rankings) if row["level"] == "office"]
    cells = {(f"{row['month_on']:%Y-%m}", str(row["office_id"])): row for row in rows}
    months = sorted(index.files, reverse=True)
    trends = {
        office: sparkline([formats.known(cells.get((month, office), {}).get("score")) for month in reversed(months)])
        for office in offices
    }
    scripts = "".join((TEMPLATES / name).read_text("utf-8") for name in ("language.js", "sort.js", "stack.js"))
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            index=index,
            offices=offices,
            months=months,
            cells=cells,
            trends=trends,
            running=month_of(index.generated_at, index.zone),
            css=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
            script=Markup(scripts),  # noqa: S704 - our own files
        )
    )


def files_of(folder: Path, names: dict[str, str]) -> dict[str, str]:
    """Return which of some files a month's folder has, by their key."""
    return {key: name for key, name in names.items() if (folder / name).exists()}
