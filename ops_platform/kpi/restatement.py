"""How the live figures of a published month differ from what was published, line by line, and why.

A line's causes are those of its KPI: data that arrived since, another version of the definition, another target,
another house rule, or, for the year to date, an earlier month. What changed without any of these changed because others
did, or because it fell due.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.clock import first_day
from ops_platform.contracts.published import PUBLISHED, RESTATEMENTS
from ops_platform.errors import PermanentError
from ops_platform.facts import as_frame
from ops_platform.kpi.catalogue import CATALOGUE, feeds_of
from ops_platform.kpi.measures import COUNTS
from ops_platform.kpi.publishing import Files, Publication, as_published, live, newest, publish, receipts_of
from ops_platform.kpi.scoring import SUBJECT
from ops_platform.platform import Platform

FIGURES = (*COUNTS, "value", "year_value", "target", "weight", "score", "rank")
TOTALS = ("score", "rank")
_KEY = [*SUBJECT, "kpi_id", "figure"]
_GOAL = ["target", "weight", "scoring", "baseline", "challenge", "ladder_step", "ladder_points"]
_DEFINITION = ["version", "meaning_en", "unit", "better"]


@dataclass(frozen=True)
class Difference:
    """How the live figures differ from a publication.

    Attributes
    ----------
    published
        What they are held against.
    lines
        Columns of the contract ``restatements`` but month and revision.
    subjects
        What is behind the changed counts: KPI, office, person, subject, and each count before and after.
    receipts
        Receipts that arrived since and may concern the month.
    definitions
        KPIs of which another version holds, with the versions before and after.
    policy
        House rules that changed: setting, before and after.
    """

    published: Publication
    lines: pd.DataFrame
    subjects: pd.DataFrame
    receipts: list[dict[str, Any]]
    definitions: pd.DataFrame
    policy: list[tuple[str, object, object]]


def difference(platform: Platform, published: Publication) -> Difference:
    """Return how the live figures of a month differ from a publication of it."""
    now = {part: as_frame(rows) for part, rows in live(platform, published.month).items()}
    # What was published before a part was frozen with it has no such part to be held against.
    then = {
        part: as_frame(as_published(platform.warehouse, part, published))
        if part in published.parts or part == "scorecards"
        else now[part]
        for part in PUBLISHED
    }
    lines = pd.concat(
        [
            _changed(then["scorecards"], now["scorecards"], FIGURES),
            _changed(then["rankings"].assign(kpi_id=""), now["rankings"].assign(kpi_id=""), TOTALS),
        ],
        ignore_index=True,
    )
    subjects = _changed_subjects(then["sums"], now["sums"])
    definitions = _both(then["definitions"], now["definitions"], ["kpi_id"], _DEFINITION)
    policy = list(_settings_changed(published.policy, platform.settings.policy.model_dump(mode="json")))
    goals = _both(then["targets"], now["targets"], ["office_id", "role", "kpi_id"], _GOAL)
    seen = set(published.receipts)
    receipts = [row for row in receipts_of(platform.state, published.month) if row["id"] not in seen]
    causes = _Causes(
        counted=_with_branch(subjects),
        defined=set(definitions["kpi_id"]),
        aimed=_with_branch(goals),
        receipts=_by_kpi(receipts),
        policy=bool(policy),
    )
    told = [causes.of(line) for line in lines.to_dict("records")]
    lines = lines.assign(why=[why for why, _ in told], receipts=[ids for _, ids in told])
    return Difference(published, lines, subjects, receipts, definitions, policy)


def restate(
    platform: Platform, month: str, render: Callable[[Publication, Difference], Files], reason: str, who: str
) -> Publication:
    """Publish the live figures of a published month as its next revision, with the lines that changed.

    Parameters
    ----------
    render
        Makes the files of the report, from the publication that is about to be and its difference from the last.
    reason, who
        Why, and by whom.

    Raises
    ------
    PermanentError
        If the month has not been published, nothing differs, or reason or person are missing.
    """
    standing = newest(platform.state, month)
    if standing is None:
        raise PermanentError(
            f"{month} 尚未发布，无从重述 / {month} has not been published: there is nothing to restate"
        )
    if not (reason.strip() and who.strip()):
        raise PermanentError("重述须写明理由（reason）与责任人（who） / a restatement needs a reason and who restates")
    found = difference(platform, standing)
    if found.lines.empty:
        raise PermanentError(
            f"{month} 现算与已发布一致，无需重述 / {month} is computed as it was published: there is nothing to restate"
        )
    revision = standing.revision + 1
    rows = found.lines.assign(month_on=first_day(month), revision=revision)[RESTATEMENTS.schema.names]
    earlier = platform.warehouse.read(RESTATEMENTS, [month], pc.field("revision") < revision)
    mine = pa.Table.from_pandas(rows, schema=RESTATEMENTS.schema, preserve_index=False)
    # Written first: should publishing break off, the next attempt writes them again.
    platform.warehouse.write(RESTATEMENTS, pa.concat_tables([earlier, mine]), month)
    return publish(platform, month, lambda planned: render(planned, found), reason, who)


def _with_branch(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the KPIs of rows, each with its office and, under ``""``, with the branch."""
    return {(row.kpi_id, office) for row in rows.itertuples() for office in (row.office_id, "")}


@dataclass(frozen=True)
class _Causes:
    counted: set[tuple[str, str]]
    defined: set[str]
    aimed: set[tuple[str, str]]
    receipts: Mapping[str, list[int]]
    policy: bool

    def of(self, line: Mapping[Any, Any]) -> tuple[str, str]:
        """Return the causes of a line, and the receipts that it may come from."""
        kpis = {line["kpi_id"]} if line["kpi_id"] else set(CATALOGUE)
        by_target = any((kpi, line["office_id"]) in self.aimed for kpi in kpis)
        if line["figure"] in {"target", "weight"}:
            return ("target" if by_target else "others"), ""
        counted = {kpi for kpi in kpis if (kpi, line["office_id"]) in self.counted}
        defined = self.defined & kpis
        found = [
            *(["data"] if any(self.receipts.get(kpi) for kpi in counted) else []),
            *(["definition"] if defined else []),
            *(["policy"] if counted and self.policy else []),
            *(["target"] if by_target and line["figure"] in TOTALS else []),
        ]
        if not found and counted:
            found = ["time"]  # Nothing arrived: what was not due yet when the month was published is due now.
        if not found:
            found = ["earlier_months" if line["figure"] == "year_value" else "others"]
        ids = sorted({receipt for kpi in counted for receipt in self.receipts.get(kpi, [])})
        return " ".join(found), " ".join(map(str, ids))


def _changed(then: pd.DataFrame, now: pd.DataFrame, figures: tuple[str, ...]) -> pd.DataFrame:
    keys = [*SUBJECT, "kpi_id"]
    before, after = (
        frame[[*keys, *figures]].astype(dict.fromkeys(figures, "float64")).melt(keys, None, "figure", side)
        for side, frame in (("before", then), ("after", now))
    )
    both = before.merge(after, on=_KEY, how="outer")
    changed = both[~_same(both["before"], both["after"])]
    place = {kpi: number for number, kpi in enumerate(["", *CATALOGUE])}
    order = changed.assign(
        _kpi=changed["kpi_id"].map(place), _figure=changed["figure"].map({name: n for n, name in enumerate(FIGURES)})
    )
    return order.sort_values([*SUBJECT, "_kpi", "_figure"], ignore_index=True)[[*_KEY, "before", "after"]]


def _changed_subjects(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    keys = ["kpi_id", "part", "office_id", "staff_id", "subject_id"]
    both = then.merge(now, on=keys, how="outer", suffixes=("_before", "_after"))
    counts = [f"{name}_{side}" for name in COUNTS for side in ("before", "after")]
    both = both.assign(**both[counts].fillna(0.0))
    same = np.logical_and.reduce([_same(both[f"{name}_before"], both[f"{name}_after"]) for name in COUNTS])
    return both.loc[~same, [*keys, *counts]].reset_index(drop=True)


def _both(then: pd.DataFrame, now: pd.DataFrame, keys: list[str], compared: list[str]) -> pd.DataFrame:
    """Return the rows of which anything compared differs, before and after."""
    both = then[[*keys, *compared]].merge(now[[*keys, *compared]], on=keys, how="outer", suffixes=("_before", "_after"))
    sides = ((both[f"{name}_before"], both[f"{name}_after"]) for name in compared)
    same = np.logical_and.reduce([(before == after) | (before.isna() & after.isna()) for before, after in sides])
    return both[~same].reset_index(drop=True)


def _settings_changed(
    then: Mapping[str, Any], now: Mapping[str, Any], under: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Yield the house rules that differ. What was published before rules were kept has none to be held against."""
    for name in sorted(then.keys() & now.keys()):
        before, after = then[name], now[name]
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _settings_changed(before, after, f"{under}{name}.")
        elif before != after:
            yield f"{under}{name}", before, after


def _by_kpi(receipts: list[dict[str, Any]]) -> dict[str, list[int]]:
    return {
        kpi.id: [row["id"] for row in receipts if row["feed"] in feeds_of(kpi)]
        for kpi in CATALOGUE.values()
    }  # fmt: skip


def _same(before: pd.Series, after: pd.Series) -> pd.Series:
    # Sums of floating-point numbers may differ in their last bits from one computation to the next.
    close = np.isclose(before.astype("float64"), after.astype("float64"), rtol=1e-9, atol=0, equal_nan=True)
    return pd.Series(close, index=before.index)
