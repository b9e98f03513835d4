"""KPIs of the service side: complaints, business halls, hotline, training, customer satisfaction."""

from datetime import datetime
from typing import Any

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.complaint_places import NOT_OF_THE_NETWORK
from ops_platform.kpi.definition import Kpi, count, one, when, within_limit
from ops_platform.maintenance.generation import exempted
from ops_platform.maintenance.intervals import whole_seconds
from ops_platform.policy import Policy

HALL_WEIGHTS = {"environment": 0.25, "waiting": 0.23, "staff": 0.28, "speed": 0.24}
SATISFACTION_RED_BELOW, SATISFACTION_BLUE_ABOVE = 69.0, 90.0
OWN = "own"
REPEAT_BY = ("customer_id", "cell_id")


def _survey_kpi(
    kpi_id: str, topic: str, item: str, names: tuple[str, str], meanings: tuple[str, str], **shown: Any
) -> Kpi:
    return Kpi(
        id=kpi_id,
        zh=names[0],
        en=names[1],
        meaning_zh=meanings[0],
        meaning_en=meanings[1],
        table="service_surveys",
        day="surveyed_on",
        subject="survey_id",
        evidence=("survey_id", "item", "score_sum", "responses"),
        where=lambda row: (row.topic == topic) & (row["item"] == item) & (row.about == OWN),
        numerator=count("score_sum"),
        denominator=count("responses"),
        scale=1.0,
        better="higher",
        source="The operator's work plan",
        **shown,
    )


KPIS = (
    Kpi(
        id="complaint_in_limit",
        zh="投诉处理及时率",
        en="Complaints closed in limit",
        meaning_zh="3 天内办结的投诉 / 已办结或超期的投诉",
        meaning_en="Complaints closed within 3 days / complaints closed or overdue",
        table="complaints",
        day="received_on",
        subject="complaint_id",
        evidence=("complaint_id", "received_at", "closed_at", "close_s", "close_limit_s", "exempt"),
        **within_limit("close_s", "close_limit_s", "age_s", "exempt"),
        better="higher",
        source="The operator's work plan",
    ),
    Kpi(
        id="enquiry_in_limit",
        zh="咨询答复及时率",
        en="Enquiries answered in limit",
        meaning_zh="30 分钟内答复的咨询 / 已答复或超时的咨询",
        meaning_en="Enquiries answered within 30 minutes / enquiries answered or overdue",
        table="enquiries",
        day="asked_on",
        subject="enquiry_id",
        evidence=("enquiry_id", "asked_at", "answered_at", "answer_s", "answer_limit_s"),
        numerator=lambda row: when(row.answer_s <= row.answer_limit_s),
        denominator=lambda row: when(row.answer_s.notnull() | (row.age_s > row.answer_limit_s)),
        better="higher",
        source="The operator's work plan",
    ),
    Kpi(
        id="repeat_complaint_share",
        zh="重复投诉率",
        en="Repeat complaints",
        meaning_zh="30 天内同一客户或同一小区同因再次投诉 / 投诉",
        meaning_en="Complaints with an earlier one of the same cause and customer or cell within 30 days / complaints",
        table="complaints",
        day="received_on",
        subject="complaint_id",
        evidence=("complaint_id", "received_at", "cause", "cell_id", "repeated"),
        numerator=lambda row: when(row.repeated),
        denominator=one,
        better="lower",
        source="House",
        house=True,
    ),
    Kpi(
        id="complaints_per_10000_users",
        zh="万户网络投诉",
        en="Network complaints per 10,000 users",
        meaning_zh="网络类投诉 / 本网用户月数，每万户",
        meaning_en="Complaints about the network / months of our own customers, per 10,000",
        table="complaint_load",
        day="day_on",
        subject="subject_id",
        evidence=("subject_id", "complaints", "customers"),
        numerator=count("complaints"),
        denominator=count("customers"),
        scale=10_000.0,
        unit="/10000",
        better="lower",
        source="House",
        house=True,
    ),
    Kpi(
        id="hall_satisfaction",
        zh="营业厅满意度",
        en="Business-hall satisfaction",
        meaning_zh="0.25 环境 + 0.23 等候 + 0.28 人员 + 0.24 办理速度，各项为得分合计 / 样本数",
        meaning_en="0.25 environment + 0.23 waiting + 0.28 staff + 0.24 speed, each score sum / responses",
        table="service_surveys",
        day="surveyed_on",
        subject="survey_id",
        evidence=("survey_id", "item", "score_sum", "responses"),
        where=lambda row: (row.topic == "hall") & (row.about == OWN),
        numerator=count("score_sum"),
        denominator=count("responses"),
        part="item",
        weights=HALL_WEIGHTS,
        scale=1.0,
        better="higher",
        source="The operator's work plan",
        red_below=SATISFACTION_RED_BELOW,
        blue_above=SATISFACTION_BLUE_ABOVE,
    ),
    _survey_kpi(
        "hotline_courtesy",
        "hotline",
        "courtesy",
        ("热线礼貌用语", "Hotline courtesy"),
        ("礼貌用语得分合计 / 样本数", "Courtesy score sum / responses"),
    ),
    _survey_kpi(
        "hotline_problem_solving",
        "hotline",
        "problem_solving",
        ("热线问题解决", "Hotline problem solving"),
        ("问题解决得分合计 / 样本数", "Problem-solving score sum / responses"),
    ),
    _survey_kpi(
        "training_pass_rate",
        "training",
        "pass",
        ("培训合格率", "Training pass rate"),
        ("合格得分合计 / 参考人数", "Pass score sum / people examined"),
    ),
    _survey_kpi(
        "customer_satisfaction",
        "customer",
        "overall",
        ("客户满意度", "Customer satisfaction"),
        ("总体满意得分合计 / 样本数", "Overall score sum / responses"),
        red_below=SATISFACTION_RED_BELOW,
        blue_above=SATISFACTION_BLUE_ABOVE,
    ),
    Kpi(
        id="satisfaction_lead",
        zh="客户满意度领先值",
        en="Lead in customer satisfaction",
        meaning_zh="本公司总体满意度减去竞争对手总体满意度，各为得分合计 / 样本数",
        meaning_en="Our overall satisfaction less that of the competitors, each score sum / responses",
        table="service_surveys",
        day="surveyed_on",
        subject="survey_id",
        evidence=("survey_id", "about", "score_sum", "responses"),
        where=lambda row: (row.topic == "customer") & (row["item"] == "overall"),
        numerator=count("score_sum"),
        denominator=count("responses"),
        part="about",
        weights={OWN: 1.0, "competitor": -1.0},
        scale=1.0,
        unit="points",
        better="higher",
        source="The operator's work plan",
        red_below=10.0,
        blue_above=20.0,
    ),
)


def tables(facts: Facts, month: str, policy: Policy, as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the tables over which the KPIs of this module are declared, for one month."""
    # Thirty days before the first of March reach into January.
    complaints = facts.month("complaints", month, before=2).sort_values("received_at", ignore_index=True)
    age = pd.Timestamp(as_of).as_unit("us") - complaints["received_at"]
    enquiries, surveys = facts.month("enquiries", month), facts.month("service_surveys", month)
    limit = policy.complaint
    received_on = facts.local_date(complaints["received_at"])
    return {
        "complaint_load": _load(complaints.assign(day_on=received_on), facts.month("operator_customers", month)),
        "complaints": complaints.assign(
            received_on=received_on,
            close_s=whole_seconds(complaints["closed_at"] - complaints["received_at"]),
            age_s=whole_seconds(age),
            close_limit_s=limit.close_limit_h * 3600,
            exempt=exempted(complaints["complaint_id"], facts.whole("exclusions"), "complaint_in_limit"),
            repeated=_repeated(complaints, pd.Timedelta(limit.repeat_days, "D")),
        ),
        "enquiries": enquiries.assign(
            asked_on=facts.local_date(enquiries["asked_at"]),
            answer_s=whole_seconds(enquiries["answered_at"] - enquiries["asked_at"]),
            age_s=whole_seconds(pd.Timestamp(as_of).as_unit("us") - enquiries["asked_at"]),
            answer_limit_s=limit.answer_limit_min * 60,
        ),
        "service_surveys": surveys.assign(staff_id="", about=surveys["about"].fillna(OWN)),
    }


def _load(complaints: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each complaint about the network and each office's month of customers; they are nobody's."""
    of_network = complaints[~complaints["cause"].isin(NOT_OF_THE_NETWORK)]
    own = customers[customers["own"].astype(bool)]
    columns = ["office_id", "day_on", "subject_id", "complaints", "customers"]
    return pd.concat(
        [
            of_network.assign(subject_id=of_network["complaint_id"], complaints=1, customers=0)[columns],
            own.assign(day_on=own["month_on"], subject_id=own["operator"], complaints=0)[columns],
        ]
    ).assign(staff_id="")


def _repeated(complaints: pd.DataFrame, within: pd.Timedelta) -> pd.Series:
    """Tell which complaints, sorted by time, follow one of the same cause and customer or cell."""
    repeated = pd.Series(data=False, index=complaints.index)
    if complaints.empty:  # which `merge_asof` does not take
        return repeated
    earlier = complaints.assign(earlier_at=complaints["received_at"])
    for subject in REPEAT_BY:
        known = complaints.dropna(subset=subject)
        found = pd.merge_asof(
            known.reset_index()[["index", "received_at", "cause", subject]],
            earlier.dropna(subset=subject)[["received_at", "earlier_at", "cause", subject]],
            on="received_at",
            by=["cause", subject],
            tolerance=within,
            allow_exact_matches=False,
        )
        repeated |= repeated.index.isin(found.loc[found["earlier_at"].notna(), "index"])
    return repeated
