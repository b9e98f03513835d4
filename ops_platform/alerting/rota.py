"""Who is on duty."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.alerting.shifts import clipped, overridden, stints
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.maintenance.intervals import subtract
from ops_platform.platform import Platform
from ops_platform.settings import Language

_DETAILS = ["staff_name", "email", "phone", "language"]
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Recipient:
    """A person who is told, and the step of the ladder on which they stand; step 0 is nobody.

    An empty language is that of the installation.
    """

    staff_id: str
    name: str
    email: str
    phone: str
    step: int = 1
    language: Language | Literal[""] = ""


NOBODY = Recipient("nobody-on-duty", "无人值班 / nobody on duty", "", "", step=0)
"""Stands in where nobody is on duty: a webhook still hears of the episode, and hears that no person was told."""


@dataclass(frozen=True, eq=False)
class Rota:
    """The rota with its shifts and overrides.

    Attributes
    ----------
    duty_rota, overrides, staff
        Tables of the contracts ``duty_rota``, ``duty_overrides`` and ``staff``.
    zone
        The business time zone, in which shifts recur.
    fallback
        Office whose people are told where nobody of an office is on duty; empty: none.
    """

    duty_rota: pd.DataFrame
    overrides: pd.DataFrame
    staff: pd.DataFrame
    zone: ZoneInfo
    fallback: str = ""
    _stints: dict[tuple[datetime, datetime], pd.DataFrame] = field(default_factory=dict, init=False, repr=False)
    """What was worked out: one moment or span is asked about for office after office."""

    def at(self, office_id: str, now: datetime, step: int = 1) -> list[Recipient]:
        """Return the people who are told at a step of an office's ladder.

        Parameters
        ----------
        office_id
            The office.
        now
            The moment, aware.
        step
            The step. Where nobody stands on it, the next on which somebody does is taken at once; where nobody of the
            office is left, the fallback office's people at this step or the next, else its first ones.

        Returns
        -------
        list of Recipient
            By staff id, each with the step reached, never less than ``step``; empty where there is nobody at all.
        """
        return (
            self._reached(office_id, now, step)
            or self._reached(self.fallback, now, step)
            or self._reached(self.fallback, now, 1, told_as=step)
        )

    def gaps(self, office_id: str, steps: Iterable[int], start: datetime, end: datetime) -> pd.DataFrame:
        """Return when nobody is on duty at steps of an office's ladder.

        Returns
        -------
        pandas.DataFrame
            ``step``, ``start``, ``end`` (UTC), within the span asked for, by step and time.
        """
        first, last = (pd.Timestamp(moment).as_unit("us") for moment in (start, end))
        whole = pd.DataFrame({"step": sorted(steps)}).assign(start=first, end=last)
        standing = self.stints(start, end)
        return subtract(whole, standing[standing["office_id"] == office_id], ["step"])

    def stints(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Return who stands at every office's steps within a span, as `ops_platform.alerting.shifts.stints` does."""
        if (start, end) not in self._stints:
            rota = stints(self.duty_rota, start, end, self.zone)
            self._stints[start, end] = clipped(overridden(rota, self.overrides), start, end)
        return self._stints[start, end]

    def _reached(self, office_id: str, now: datetime, step: int, told_as: int = 1) -> list[Recipient]:
        every = self.stints(now, now + _INSTANT)
        standing = every[(every["office_id"] == office_id) & (every["step"] >= step)]
        if standing.empty:
            return []
        reached = int(standing["step"].min())
        staff_ids = sorted({str(staff_id) for staff_id in standing.loc[standing["step"] == reached, "staff_id"]})
        return _recipients(self.staff, staff_ids, max(reached, told_as))


def registered(facts: Facts, staff_id: str) -> Recipient:
    """Return a person of the register, on duty or not.

    Raises
    ------
    PermanentError
        If there is no such person.
    """
    staff = facts.whole("staff")
    if staff_id not in set(staff["staff_id"]):
        raise PermanentError(f"the register of staff has no {staff_id} / 人员台账中没有此工号")
    return _recipients(staff, [staff_id], 1)[0]


def _recipients(staff: pd.DataFrame, staff_ids: Iterable[str], step: int) -> list[Recipient]:
    people = staff.drop_duplicates("staff_id", keep="last").set_index("staff_id")
    details = people.reindex(index=list(staff_ids), columns=_DETAILS).astype(object)
    details = details.where(details.notna(), "")
    return [
        Recipient(staff_id, str(name) or staff_id, str(email).strip(), str(phone).strip(), step, language)
        for staff_id, name, email, phone, language in details.itertuples(name=None)
    ]


def rota_between(platform: Platform, start: datetime, end: datetime) -> Rota:
    """Return the installation's rota, good for the moments of a span."""
    facts = platform.facts
    return Rota(
        facts.touching("duty_rota", start, end),
        facts.touching("duty_overrides", start, end),
        facts.whole("staff"),
        facts.zone,
        platform.settings.on_call_office,
    )
