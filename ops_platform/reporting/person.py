"""One person's own page of a month, for that person and, where settings say so, the managers of the office."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
from markupsafe import Markup

from ops_platform.contracts.scores import RANKINGS, SCORECARDS
from ops_platform.errors import PermanentError
from ops_platform.kpi.breakdown import breakdown
from ops_platform.kpi.catalogue import kpis_in_force
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.explain import RowsBehind
from ops_platform.platform import Platform
from ops_platform.reporting import formats
from ops_platform.reporting.fairness import left_out
from ops_platform.reporting.page import TEMPLATES, environment
from ops_platform.settings import PeopleSettings

EVENTS_SHOWN = 30
SCRIPTS = ("language.js", "stack.js")


def may_see(viewer: str, person: str, staff: pd.DataFrame, settings: PeopleSettings) -> bool:
    """Tell whether somebody may see a person's own page.

    Parameters
    ----------
    viewer, person
        Numbers of the staff register.
    """
    register = staff.set_index("staff_id")
    if settings.individual == "off" or person not in register.index:
        return False
    if viewer == person:
        return True
    if settings.individual != "person_and_manager" or viewer not in register.index:
        return False
    manages = register.loc[viewer, "role"] == "manager"
    return bool(manages and register.loc[viewer, "office_id"] == register.loc[person, "office_id"])


def person_page(platform: Platform, month: str, person: str, viewer: str) -> str:
    """Return a person's page of a month as HTML: total, every KPI, and what fell short, by site and event.

    Raises
    ------
    PermanentError
        If the viewer may not see it, or the person has no figures in the month.
    """
    facts, settings = platform.facts, platform.settings
    staff = facts.whole("staff")
    if not may_see(viewer, person, staff, settings.people):
        raise PermanentError(
            f"{viewer} 无权查看 {person} 的个人考核（OPS_PEOPLE__INDIVIDUAL={settings.people.individual}） / "
            f"{viewer} may not see the page of {person} (OPS_PEOPLE__INDIVIDUAL={settings.people.individual})"
        )
    mine = {name: _of(facts.month(contract, month), person) for name, contract in _TABLES.items()}
    if mine["cards"].empty:
        raise PermanentError(f"{person} 在 {month} 没有考核数据 / {person} has no figures in {month}")
    cards = mine["cards"].set_index("kpi_id")
    kpis = [kpi for kpi in kpis_in_force(month).values() if kpi.id in cards.index]
    rows = {kpi.id: formats.records(cards.loc[[kpi.id]])[0] for kpi in kpis}
    [known] = formats.records(staff[staff["staff_id"] == person])
    behind = RowsBehind(facts, month, settings.policy, platform.now())
    return (
        environment()
        .get_template("person.html.j2")
        .render(
            settings=settings,
            month=month,
            person=known,
            total=formats.records(mine["totals"])[0] if len(mine["totals"]) else {},
            kpis=kpis,
            left_out=left_out,
            aimed={kpi.id for kpi in kpis if formats.known(rows[kpi.id]["target"]) is not None},
            rows=rows,
            sites=facts.whole("sites").set_index("site_id")["site_name"].to_dict(),
            missed=[(kpi, *_shortfalls(behind, kpi, person)) for kpi in kpis if rows[kpi.id]["met"] is False],
            css=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
            script=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in SCRIPTS)),  # noqa: S704
        )
    )


_TABLES = {"cards": SCORECARDS, "totals": RANKINGS}


def _of(rows: pd.DataFrame, person: str) -> pd.DataFrame:
    return rows[(rows["level"] == "person") & (rows["staff_id"] == person)]


def _shortfalls(behind: RowsBehind, kpi: Kpi, person: str) -> tuple[list[dict[Hashable, Any]], int]:
    """Return the person's events that cost most of a KPI, and how many there are."""
    found = breakdown(kpi, behind)
    events = found[(found["level"] == "event") & (found["staff_id"] == person)]
    cost = events["denominator"] - events["numerator"] if kpi.better == "higher" else events["numerator"]
    short = events.assign(_cost=cost)[cost > 0].sort_values(["_cost", "day_on"], ascending=[False, True])
    return formats.records(short.head(EVENTS_SHOWN)), len(short)
