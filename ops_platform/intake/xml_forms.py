"""Which XML export a file is, told by its root: the feed it serves and what reads it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops_platform.contracts import Contract
from ops_platform.contracts.counters import CELL_COUNTERS, MEASUREMENT_REPORTS
from ops_platform.intake import mr_xml, pm_counters, readers
from ops_platform.intake.check import Incoming
from ops_platform.intake.counter_names import FILE, counter_names
from ops_platform.intake.sources import Source
from ops_platform.intake.xml_stream import root_name
from ops_platform.settings import Settings


@dataclass(frozen=True)
class XmlForm:
    """A kind of XML export.

    Attributes
    ----------
    feed
        What its rows are.
    read
        Yields the rows of a file in batches.
    explained
        How it was recognised, and the column that each name in the file becomes.
    """

    feed: Contract
    read: Callable[[Source, Settings], Iterator[Incoming]]
    explained: Callable[[Settings], tuple[str, list[tuple[str, str]]]]


def xml_form(path: Path) -> XmlForm | None:
    """Return the form of an XML export, that of PM files where the root is unknown; None where it is no XML."""
    return _FORMS.get(root_name(path), _PM) if readers.is_xml(path) else None


def _read_pm(source: Source, settings: Settings) -> Iterator[Incoming]:
    return pm_counters.cell_counters(source.name, source.path, settings.zone, counter_names(settings.mappings))


def _explained_pm(settings: Settings) -> tuple[str, list[tuple[str, str]]]:
    known = counter_names(settings.mappings)
    columns = [(name, counter.column) for name, counter in known.counters.items()]
    return f"PM XML · {FILE} {known.version}", columns


def _read_mr(source: Source, settings: Settings) -> Iterator[Incoming]:
    return mr_xml.measurement_reports(source.name, source.path, settings.zone)


def _explained_mr(_settings: Settings) -> tuple[str, list[tuple[str, str]]]:
    return f"MR XML · {mr_xml.ROOT}", list(mr_xml.BECOMES)


_PM = XmlForm(CELL_COUNTERS, _read_pm, _explained_pm)
_FORMS = {mr_xml.ROOT: XmlForm(MEASUREMENT_REPORTS, _read_mr, _explained_mr)}
