"""The definition book of a month: every KPI as it was in force, with its versions, targets and sources, on one page.

Beside it stand the worst-cell rules, all that may be selected, with what each of them finds.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pandas as pd
from markupsafe import Markup

from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import WORST_CELLS
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.kpi.catalogue import DECLARED, feeds_of, kpis_in_force
from ops_platform.kpi.definition import SOURCES, Kpi, none
from ops_platform.kpi.expressions import expressions, schemas
from ops_platform.kpi.scoring import goals
from ops_platform.platform import Platform
from ops_platform.policy.cells import CellRule
from ops_platform.reporting import formats
from ops_platform.reporting.column_names import column
from ops_platform.reporting.page import TEMPLATES, environment
from ops_platform.reporting.published_words import EVIDENCE, ROLES
from ops_platform.reporting.words import Words, word

WORST_CELL_KPI = "worst_cell_share"
CELLS_SHOWN = 60
SCRIPTS = ("language.js", "sort.js", "stack.js", "fold.js")


@dataclass(frozen=True)
class Entry:
    """What the book says of one KPI.

    Attributes
    ----------
    kpi
        The version in force.
    versions
        Every version, with the day before which the next one took its place; None for the last.
    counts
        Which counts stand beside the value.
    computed
        What it sums up, as SQL, by a key of the words.
    evidence, feeds
        By what an event is recognised, and where its data come from.
    goals
        Whose target it is, the target, the weight and how it is scored.
    """

    kpi: Kpi
    versions: list[tuple[Kpi, date | None]]
    counts: list[Words]
    computed: Mapping[str, str]
    evidence: list[Words]
    feeds: list[Words]
    goals: list[tuple[Words, str, str, Words]]


@dataclass(frozen=True)
class RuleFinding:
    """A worst-cell rule, whether it is the selected one, and how many cells of the branch and each office meet it."""

    rule: CellRule
    selected: bool
    branch: int
    offices: list[int]


def definition_book(platform: Platform, month: str) -> str:
    """Return the book of a month as HTML, in Chinese and English."""
    settings, facts = platform.settings, platform.facts
    offices = formats.office_names(facts.whole("offices").sort_values("office_id"))
    names = {"": word("branch")} | offices
    cells = facts.month(WORST_CELLS, month)
    return (
        environment()
        .get_template("definition_book.html.j2")
        .render(
            settings=settings,
            month=month,
            css=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
            script=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in SCRIPTS)),  # noqa: S704
            groups=_entries(goals(facts, month), month, names, schemas(facts, settings.policy)),
            sources=SOURCES,
            offices=list(offices.values()),
            rules=rule_findings(cells, platform, list(offices)),
            in_service=_in_service(platform, month, list(offices)),
            cells=_cells_by_rule(cells, platform),
            cells_total=len(cells),
        )
    )


def rule_findings(cells: pd.DataFrame, platform: Platform, office_ids: list[str]) -> list[RuleFinding]:
    """Return the rules side by side.

    Parameters
    ----------
    cells
        Rows of ``worst_cells``.
    """
    policy, met = platform.settings.policy.worst_cell, cells["rules"].str.split()
    found = []
    for rule in policy.rules:
        mine = cells[met.map(lambda rules, name=rule.id: name in rules).astype(bool)]
        by_office = mine["office_id"].value_counts()
        counts = [int(by_office.get(office, 0)) for office in office_ids]
        found.append(RuleFinding(rule, rule.id == policy.selected, len(mine), counts))
    return found


def _in_service(platform: Platform, month: str, office_ids: list[str]) -> list[float]:
    """Return how many cells are judged in the branch and in each office."""
    cards = platform.facts.month(SCORECARDS, month)
    mine = cards[(cards["kpi_id"] == WORST_CELL_KPI) & cards["level"].isin(["branch", "office"])]
    judged = mine.set_index("office_id")["denominator"].to_dict()
    return [judged.get(office, 0.0) for office in ("", *office_ids)]


def _cells_by_rule(cells: pd.DataFrame, platform: Platform) -> list[tuple[str, list[bool]]]:
    """Return the cells that meet most rules, and which; of as many, those with most drops first."""
    rules = [rule.id for rule in platform.settings.policy.worst_cell.rules]
    order = cells.assign(_met=cells["rules"].str.split().map(len)).sort_values(["_met", "drops"], ascending=False)
    shown = order.head(CELLS_SHOWN)
    return [(row.cell_id, [rule in row.rules.split() for rule in rules]) for row in shown.itertuples()]


def _entries(
    in_force: pd.DataFrame, month: str, names: dict[str, Words], columns: Mapping[str, ibis.Schema]
) -> dict[str, list[Entry]]:
    current = kpis_in_force(month)
    return {
        subject: [
            _entry(current[kpi_id], kpis, in_force, names, expressions(current[kpi_id], columns[current[kpi_id].table]))
            for kpi_id in dict.fromkeys(one.id for one in kpis)
        ]
        for subject, kpis in DECLARED.items()
    }


def _entry(
    kpi: Kpi, declared: tuple[Kpi, ...], in_force: pd.DataFrame, names: dict[str, Words], computed: Mapping[str, str]
) -> Entry:
    versions = sorted((one for one in declared if one.id == kpi.id), key=lambda one: one.effective_from)
    ends = [*(one.effective_from for one in versions[1:]), None]
    counts = [name for name in ("excluded", "suspect", "missing") if getattr(kpi, name) is not none]
    return Entry(
        kpi=kpi,
        versions=list(zip(versions, ends, strict=True)),
        counts=[word(name) for name in counts],
        computed=computed,
        evidence=[evidence_name(name) for name in kpi.evidence],
        feeds=[(FEEDS[name].zh.split("：")[0], name) for name in feeds_of(kpi)],
        goals=_goals(kpi, in_force[in_force["kpi_id"] == kpi.id], names),
    )


def evidence_name(name: str) -> Words:
    """Return what a reader calls a column of a KPI's evidence."""
    return EVIDENCE.get("exempt" if name.startswith("exempt") else name) or column(name)


def _goals(kpi: Kpi, mine: pd.DataFrame, names: dict[str, Words]) -> list[tuple[Words, str, str, Words]]:
    """Return the target of the branch, and those of offices and roles that differ from it."""
    told = []
    ordered = mine.assign(_own=mine["office_id"] != "").sort_values(["role", "_own", "office_id"])
    seen: set[tuple[str, ...]] = set()
    for row in formats.records(ordered):
        said = (formats.target(kpi, row["target"]), formats.amount(row["weight"]), _scoring(row))
        key = (row["role"], *said[:2], *said[2])
        if (("", *key[1:]) in seen) or key in seen:
            continue
        seen.add(key)
        whose = names.get(row["office_id"], (row["office_id"], row["office_id"]))
        role = ROLES.get(row["role"])
        told.append(((role or whose), *said))
    return told


def _scoring(row: dict[Hashable, Any]) -> Words:
    first, last = ("baseline", "challenge") if row["scoring"] == "linear" else ("ladder_step", "ladder_points")
    values = {"a": formats.amount(formats.known(row[first])), "b": formats.amount(formats.known(row[last]))}
    return word(f"scoring_{row['scoring']}", **values)
