"""The commands of ``ops alerts`` that show and change nothing: list, show, handover."""

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ops_platform.platform import Platform
from ops_platform.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


def add_views(alerts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to those of ``ops alerts``."""
    listing = alerts.add_parser("list", help="the open alerts, the most urgent first")
    listing.set_defaults(run=lambda _options: _show(_list))
    show = alerts.add_parser("show", help="one alert's whole history")
    show.add_argument("number", type=int, help="number of the alert, as in its messages after #")
    show.set_defaults(run=lambda options: _show(lambda platform, now: _history(platform, options.number, now)))
    handover = alerts.add_parser("handover", help="what a shift hands over to the next")
    handover.set_defaults(run=lambda _options: _show(_handover))


# What a command needs is imported when it runs, as in `ops_platform.cli`.


def _show(text_of: Callable[[Platform, datetime], str]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown, TableElement  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    class Folded(TableElement):
        """A table that folds what is wider than its column, where rich would cut it off."""

        def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
            for part in super().__rich_console__(console, options):
                for column in part.columns if isinstance(part, Table) else ():
                    column.overflow = "fold"
                yield part

    class Whole(Markdown):
        """Markdown of which nothing is cut off."""

        elements: ClassVar = {**Markdown.elements, "table_open": Folded}

    platform = Platform(Settings())
    Console().print(Whole(text_of(platform, platform.now())))


def _list(platform: Platform, now: datetime) -> str:
    from ops_platform.reporting.open_alerts import board, open_sections  # noqa: PLC0415

    return board(open_sections(platform, now))


def _history(platform: Platform, number: int, now: datetime) -> str:
    from ops_platform.reporting.alert_history import history  # noqa: PLC0415

    return history(platform, number, now)


def _handover(platform: Platform, now: datetime) -> str:
    from ops_platform.alerting.handover import handover  # noqa: PLC0415
    from ops_platform.reporting.alert_words import two  # noqa: PLC0415
    from ops_platform.reporting.handover import TITLES, as_markdown, view_of  # noqa: PLC0415

    parts = as_markdown(view_of(handover(platform, now), platform, now))
    return "\n\n".join(f"## {two(TITLES.get(key, TITLES['title']))}\n\n{text}" for key, text in parts.items())
