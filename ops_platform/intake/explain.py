"""What intake would make of a file, without loading anything: what it was taken for, its columns, rows and findings."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from ops_platform.contracts import Contract
from ops_platform.errors import PermanentError
from ops_platform.intake.check import Incoming, check
from ops_platform.intake.collect import left_out_message, totals_message
from ops_platform.intake.conventions import UNDECIDED, Conventions, survey
from ops_platform.intake.identify import Plan
from ops_platform.intake.identity import registers
from ops_platform.intake.receive import batches_of, plans_of
from ops_platform.intake.reshape import incoming as incoming_of
from ops_platform.intake.sources import Source, unpacked
from ops_platform.intake.xml_forms import XmlForm, xml_form
from ops_platform.platform import Platform

SHOWN_ROWS = 5


@dataclass(frozen=True)
class Explanation:
    """What one sheet of one source would become.

    Attributes
    ----------
    source, sheet
        Where it stands.
    feed
        What it was taken for.
    how
        The mapping or the header row by which it was recognised.
    columns
        Header in the file and the column it becomes, empty where it is not used; in the order of the file.
    absent
        Columns of the feed that the file does not carry.
    rows
        The first rows as they would be stored.
    findings
        What is wrong with rows, how often, and the first line of each.
    notes
        What a person should know besides.
    """

    source: str
    sheet: str
    feed: Contract
    how: str
    columns: list[tuple[str, str]]
    absent: list[str]
    rows: list[dict[str, Any]]
    findings: list[tuple[str, int, int]]
    notes: list[str]


def explain(path: Path, platform: Platform, most_rows: int = SHOWN_ROWS) -> list[Explanation | PermanentError]:
    """Explain a file; a part of it that would be refused stands as its error.

    Parameters
    ----------
    path
        The file, anywhere; it is not moved.
    platform
        The installation whose registers tell which sites and cells are known.
    most_rows
        How many rows of each table are given.
    """
    found: list[Explanation | PermanentError] = []
    with TemporaryDirectory() as scratch:
        try:
            sources = unpacked(path.name, path, platform.settings.intake, Path(scratch))
        except PermanentError as error:
            return [error]
        for source in sources:
            try:
                form = xml_form(source.path)
                found += [_export(source, form, platform, most_rows)] if form else _sheets(source, platform, most_rows)
            except PermanentError as error:
                found.append(error)
    return found


def _sheets(source: Source, platform: Platform, most_rows: int) -> list[Explanation]:
    settings, found = platform.settings, []
    for plan in plans_of(source, settings):
        how = f"mapping {plan.by}" if plan.mapping else f"header in row {plan.header + 1}"
        headers = _called(plan)
        becomes = plan.becomes
        columns = [
            (header, name)
            for position, header in enumerate(headers)
            if header
            for name in becomes.get(position) or [""]
        ]
        how = " · ".join(filter(None, [how, plan.sheet.form]))
        place = source.name, plan.sheet.name
        read = partial(_incoming, plan, settings.zone)
        found.append(_explained(place, plan.contract, how, columns, read, platform, most_rows, plan.conventions))
    return found


def _incoming(plan: Plan, zone: ZoneInfo) -> Iterator[Incoming]:
    for batch in batches_of(plan):
        yield incoming_of(plan, batch.text(), zone)


def _called(plan: Plan) -> list[str]:
    """Return what the columns of a table are called: by its header, or by their numbers where it has none."""
    if plan.header >= 0:
        return plan.sheet.head[plan.header]
    return [str(number + 1) for number in range(max(map(len, plan.sheet.head), default=0))]


def _export(source: Source, form: XmlForm, platform: Platform, most_rows: int) -> Explanation:
    how, columns = form.explained(platform.settings)
    read = partial(form.read, source, platform.settings)
    return _explained((source.name, ""), form.feed, how, columns, read, platform, most_rows)


def _explained(
    place: tuple[str, str],
    contract: Contract,
    how: str,
    columns: list[tuple[str, str]],
    read: Callable[[], Iterator[Incoming]],
    platform: Platform,
    most_rows: int,
    fixed: Conventions = UNDECIDED,
) -> Explanation:
    conventions = survey((incoming.columns for incoming in read()), contract, fixed)
    known, span = registers(contract, platform.warehouse), platform.settings.kept_span(platform.now())
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    carried: set[str] = set()
    notes: list[str] = []
    totals: list[str] = []
    left_out: Counter[str] = Counter()
    for incoming in read():
        checked = check(incoming, known, span, conventions)
        totals += [f"{line} {text!r}" for line, text in checked.totals]
        left_out.update(checked.left_out)
        carried |= set(incoming.columns)
        notes += [note for note in checked.notes if note not in notes]
        rows += checked.rows.slice(0, most_rows - len(rows)).to_pylist()
        for record in checked.quarantined:
            counts[record["reason"]] += 1
            first.setdefault(record["reason"], record["line"])
    notes += [*filter(None, [totals_message(totals), left_out_message(left_out)])]
    absent = [column.name for column in contract.columns if column.name not in carried]
    findings = [(reason, count, first[reason]) for reason, count in counts.most_common()]
    return Explanation(*place, contract, how, columns, absent, rows, findings, notes)
