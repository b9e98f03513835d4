"""Customers and goals: complaints, surveys, targets and weights, published figures to compare with."""

from dataclasses import replace

from ops_platform.contracts.base import Contract, count, day, flag, moment, number, text, word
from ops_platform.contracts.network import ROLE

COMPLAINTS = Contract(
    "complaints",
    "投诉：受理、处理、归因",
    "Complaints about the network and the service",
    (
        text("complaint_id", "投诉编号"),
        text("office_id", "单位编码", refers_to="offices"),
        text("staff_id", "处理人工号", refers_to="staff", nullable=True),
        text("customer_id", "客户编号"),
        word("customer_class", "客户类别", {"group": ("集团客户",), "high_value": ("高价值客户", "VIP客户"),
                                        "ordinary": ("普通客户",)}),
        text("cell_id", "小区编号", refers_to="cells", nullable=True),
        text("settlement_id", "居民点编码", refers_to="settlements", nullable=True, en="The place complained of"),
        number("latitude", "投诉地点纬度", unit="° WGS-84", minimum=-90, maximum=90, nullable=True),
        number("longitude", "投诉地点经度", unit="° WGS-84", minimum=-180, maximum=180, nullable=True),
        word("cause", "投诉原因", {"no_coverage": ("无覆盖", "无信号"), "weak_coverage": ("弱覆盖", "信号弱"),
                               "drops": ("掉话",), "slow_data": ("上网慢",), "cannot_connect": ("接不通",),
                               "service": ("服务态度",)}),
        moment("received_at", "投诉受理时间"),
        moment("closed_at", "投诉办结时间", nullable=True),
    ),
    ("complaint_id",),
    grain="month",
    placed_by="received_at",
    lingers_days=30,
)  # fmt: skip

SERVICE_SURVEYS = Contract(
    "service_surveys",
    "服务测评：营业厅、热线、培训、客户满意度",
    "Surveys of business halls, hotline, training and customers; a score is 0-100 per response",
    (
        text("survey_id", "测评编号"),
        text("office_id", "单位编码", refers_to="offices"),
        day("surveyed_on", "测评日期"),
        word("topic", "测评类别", {"hall": ("营业厅",), "hotline": ("热线",), "training": ("培训",),
                               "customer": ("客户",)}),
        word("item", "测评项目", {
            "environment": ("环境",), "waiting": ("等候",), "staff": ("人员",), "speed": ("办理速度",),
            "courtesy": ("礼貌用语",), "problem_solving": ("问题解决",), "pass": ("考试合格",),
            "overall": ("总体满意",),
        }),
        word("about", "测评对象", {"own": ("本公司", "本网"), "competitor": ("竞争对手", "异网", "他网")},
             nullable=True, en="Whose customers; empty: our own"),
        count("score_sum", "得分合计", unit="points", en="Sum of the scores of all responses"),
        count("responses", "样本数"),
    ),
    ("survey_id",),
    grain="month",
    placed_by="surveyed_on",
)  # fmt: skip

ENQUIRIES = Contract(
    "enquiries",
    "咨询：受理与答复",
    "Enquiries of customers and when each was answered",
    (
        text("enquiry_id", "咨询编号"),
        text("office_id", "单位编码", refers_to="offices"),
        text("staff_id", "答复人工号", refers_to="staff", nullable=True),
        moment("asked_at", "咨询时间"),
        moment("answered_at", "答复时间", nullable=True),
    ),
    ("enquiry_id",),
    grain="month",
    placed_by="asked_at",
)

ASSESSMENT_KINDS = {"key_work": ("重点工作",), "inspection_tour": ("巡查", "检查考核")}

ASSESSMENTS = Contract(
    "assessments",
    "年度考核评分：重点工作与巡查",
    "Scores of key work and inspection tours, which enter the yearly composite",
    (
        text("assessment_id", "评分编号"),
        text("office_id", "单位编码", refers_to="offices"),
        word("kind", "评分类别", ASSESSMENT_KINDS),
        day("assessed_on", "评分日期"),
        number("score", "考核得分", minimum=0, maximum=100, unit="points"),
        text("assessed_by", "评分人"),
        text("remark", "评分说明", nullable=True),
    ),
    ("assessment_id",),
    grain="month",
    placed_by="assessed_on",
)

HALL_QUEUES = Contract(
    "hall_queues",
    "营业厅排队：等候人数与开放台席",
    "Counts of the people who wait in a business hall and of its open counters",
    (
        text("office_id", "单位编码", refers_to="offices"),
        text("hall", "营业厅"),
        moment("counted_at", "统计时间"),
        count("waiting", "等候人数", unit="people"),
        count("open_counters", "开放台席", "开放台席数"),
    ),
    ("office_id", "hall", "counted_at"),
    grain="month",
    placed_by="counted_at",
)

TARGETS = Contract(
    "targets",
    "目标与权重：按单位、按生效日期",
    "Targets and weights, effective-dated; an office of * means every office",
    (
        text("kpi_id", "指标编码"),
        text("office_id", "适用单位"),
        day("effective_from", "生效日期"),
        number("target", "目标值"),
        number("weight", "权重", minimum=0),
        word("scoring", "计分方式", {"linear": ("线性",), "ladder": ("扣分",)}),
        number("baseline", "基准值", nullable=True),
        number("challenge", "挑战值", nullable=True),
        number("ladder_step", "扣分步长", minimum=0, nullable=True),
        number("ladder_points", "每步扣分", minimum=0, nullable=True),
    ),
    ("kpi_id", "office_id", "effective_from"),
)

ROLE_TARGETS = replace(
    TARGETS,
    name="role_targets",
    zh="岗位目标与权重：个人按岗位考核，代替单位目标",
    en="Targets and weights of the people of a role, in place of those of their office",
    columns=(*TARGETS.columns, ROLE),
    key=("kpi_id", "office_id", "role", "effective_from"),
)

PUBLISHED_FIGURES = Contract(
    "published_figures",
    "公开数据：监管机构公布的指标与分子分母",
    "Figures that a regulator published, to compare our own computation with",
    (
        text("publisher", "发布机构"),
        text("operator", "运营商"),
        text("variable", "指标项"),
        day("month_on", "月份"),
        number("value", "数值"),
    ),
    ("publisher", "operator", "variable", "month_on"),
)

OPERATOR_CUSTOMERS = Contract(
    "operator_customers",
    "各运营商用户数：本网在网用户，及与本网通话的异网号码",
    "Customers of every operator at an office: our own, and the other operators' numbers seen in calls with ours",
    (
        text("office_id", "单位编码", refers_to="offices"),
        text("operator", "运营商"),
        day("month_on", "月份", en="First day of the month"),
        flag("own", "是否本网"),
        count("customers", "用户数", unit="customers"),
    ),
    ("office_id", "operator", "month_on"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (
    COMPLAINTS, SERVICE_SURVEYS, ENQUIRIES, HALL_QUEUES, TARGETS, ROLE_TARGETS, ASSESSMENTS, PUBLISHED_FIGURES,
    OPERATOR_CUSTOMERS,
)  # fmt: skip
