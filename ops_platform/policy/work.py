"""House rules of faults, inspections, complaints and scores."""

from datetime import date
from math import isclose
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ops_platform.policy.base import HouseRules
from ops_platform.policy.service import ComplaintReviewPolicy

FaultClass = Literal["critical", "major", "minor"]
Counting = Literal["working_days", "calendar_days", "hours"]


class RepairLimit(HouseRules):
    """How long repair may take, for faults that occur from a date on."""

    from_on: date = date.min
    """Business-local date of occurrence from which the rule holds, until a later one for the same class does."""
    fault_class: FaultClass | None = None
    """The class it is for; empty: every class that has no rule of its own by then."""
    count: Counting = "hours"
    limit: Annotated[float, Field(gt=0, le=3650)] = 48


class FaultPolicy(HouseRules):
    """Limits for reporting, responding to and repairing a fault."""

    report_limit_min: dict[FaultClass, int] = {"critical": 15, "major": 30, "minor": 60}
    response_limit_min: int = 15
    repair_due_soon_h: float = 4
    """Somebody is told so long before a repair is due."""
    repair_limits: tuple[RepairLimit, ...] = (RepairLimit(),)
    """The rules, in any order; one for every class holds from the beginning."""

    @model_validator(mode="after")
    def _one_limit_for_every_fault(self) -> "FaultPolicy":
        named = [(rule.from_on, rule.fault_class) for rule in self.repair_limits]
        if len(set(named)) < len(named):
            raise ValueError(
                "repair_limits：同一等级同一日期有两条规则 / two rules are for the same fault_class and from_on"
            )
        if (date.min, None) not in named:
            raise ValueError(
                "repair_limits：缺少一条不分等级、不写日期的规则 / one rule must have neither fault_class nor from_on"
            )
        return self


class InspectionPolicy(HouseRules):
    """When an inspection is announced as due."""

    due_soon_days: int = 3


class ComplaintPolicy(HouseRules):
    """Limits on complaints and enquiries."""

    answer_limit_min: int = 30
    """An enquiry is answered within this time."""
    close_limit_h: int = 72
    due_soon_h: int = 24
    """Somebody is told so long before a complaint must be closed."""
    repeat_days: int = 30
    review: ComplaintReviewPolicy = ComplaintReviewPolicy()


class ScoringPolicy(HouseRules):
    """How weights add up, and what an office's year consists of."""

    weights_sum: Annotated[float, Field(gt=0)] = 100
    """The weights of the branch, of each office and of each role add up to this."""
    composite: dict[Literal["monthly", "key_work", "inspection_tour"], Annotated[float, Field(ge=0, le=1)]] = {
        "monthly": 0.7, "key_work": 0.2, "inspection_tour": 0.1,
    }  # fmt: skip
    """Shares of the yearly score: the mean of the monthly total scores, of key work, and of inspection tours."""

    @model_validator(mode="after")
    def _shares_are_a_whole(self) -> "ScoringPolicy":
        if set(self.composite) != {"monthly", "key_work", "inspection_tour"} or not isclose(
            sum(self.composite.values()), 1
        ):
            raise ValueError(
                "composite：须含 monthly、key_work、inspection_tour，合计为 1 / all three, which add up to 1"
            )
        return self
