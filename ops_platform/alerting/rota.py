"""Who is on duty."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

from ops_platform.settings import Language


@dataclass(frozen=True)
class Recipient:
    """A person who is told, and the step of the ladder on which they stand; step 0 is nobody."""

    staff_id: str
    name: str
    email: str
    phone: str
    step: int = 1
    language: Language | Literal[""] = ""


NOBODY = Recipient("nobody-on-duty", "无人值班 / nobody on duty", "", "", step=0)
"""Stands in where nobody is on duty: a webhook still hears of the episode, and hears that no person was told."""


def on_duty(
    duty_rota: pd.DataFrame, staff: pd.DataFrame, office_id: str, now: datetime, step: int = 1
) -> list[Recipient]:
    """Return the people of an office who are on duty at a moment.

    Parameters
    ----------
    duty_rota, staff
        Tables of the contracts of these names.
    office_id
        The office.
    now
        The moment, aware.
    step
        Step of the ladder. Where nobody stands on it, the next step on which somebody does is taken at once.

    Returns
    -------
    list of Recipient
        By staff id; empty where nobody is on duty at this step or a later one.
    """
    rows = duty_rota[
        (duty_rota["office_id"] == office_id)
        & (duty_rota["step"] >= step)
        & (duty_rota["starts_at"] <= now)
        & (duty_rota["ends_at"] > now)
    ]
    if rows.empty:
        return []
    reached = int(rows["step"].min())
    staff_ids = sorted({str(staff_id) for staff_id in rows.loc[rows["step"] == reached, "staff_id"]})
    people = staff.drop_duplicates("staff_id", keep="last").set_index("staff_id")[["staff_name", "email", "phone"]]
    details = people.reindex(staff_ids).astype(object)
    details = details.where(details.notna(), "")
    return [
        Recipient(staff_id, str(name) or staff_id, str(email).strip(), str(phone).strip(), reached)
        for staff_id, name, email, phone in details.itertuples(name=None)
    ]
