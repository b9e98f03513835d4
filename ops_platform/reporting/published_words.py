"""Words of what was published, restated, contested and defined, in Chinese and English."""

from collections.abc import Mapping

PUBLISHED_WORDS: Mapping[str, tuple[str, str]] = {
    "revision": ("第 {n} 版（重述）", "Revision {n} (restated)"),
    "as_published": ("打开已发布的月报", "Open the report as published"),
    "restated": ("重述说明", "Restatement"),
    "restated_why": (
        "与上一版相比，下列数值有变。上一版仍原样保存。",
        "These figures differ from the revision before, which is kept as it was.",
    ),
    "restated_because": ("重述理由", "Reason"),
    "who": ("对象", "Whose"),
    "figure": ("变动项", "Figure"),
    "before": ("原发布", "Before"),
    "after": ("重述后", "After"),
    "why": ("原因", "Why"),
    "receipts": ("相关收件", "Receipts"),
    "total_score": ("总分", "Total score"),
    "year_value": ("年累计", "Year to date"),
    "book": ("指标定义手册", "Definition book"),
    "book_why": (
        (
            "本月有效的每项指标：含义、计算式、出处、版本与生效日期、目标与权重。计算式（SQL）由指标定义生成，与实际计算同源；"
            "成立的申诉另从分子分母剔除。以前的月份按当时的版本。"
        ),
        (
            "Every KPI as it is in force in this month: meaning, expression, source, version and dates, targets and "
            "weights. Expressions (SQL) are made from the very declaration that computes; upheld contests leave both "
            "sums besides. Earlier months keep their versions."
        ),
    ),
    "origin_standard": ("标准", "Standard"),
    "origin_operator": ("运营商口径", "The operator's"),
    "parts": ("分项权重", "Parts and weights"),
    "book_entry": ("口径明细", "All of the definition"),
    "computed": ("计算式", "Computed as"),
    "where": ("只取", "Rows where"),
    "from_table": ("数据表", "Table"),
    "product_of": ("各分项之积：", "Product over its parts of "),
    "weighted_sum": ("各分项加权之和：", "Weighted sum over its parts of "),
    "beside": ("同时列出", "Counted beside"),
    "bands": ("条件格式", "Conditional format"),
    "bands_are": ("低于 {red} 为红，高于 {blue} 为蓝", "red below {red}, blue above {blue}"),
    "versions": ("版本", "Versions"),
    "feeds": ("数据来源", "Data from"),
    "evidence_columns": ("逐条可查", "Each event shows"),
    "scoring_linear": ("线性：{a} 得 0 分，{b} 得满分", "linear: none at {a}, full marks at {b}"),
    "scoring_ladder": ("扣分：每差 {a} 扣 {b} 分", "ladder: {b} points less for every {a} short"),
    "cell_rules": ("最坏小区规则对照", "Worst-cell rules side by side"),
    "cell_rules_why": (
        "每条可选规则本月各找出多少小区及占比；✓ 为考核所选的规则。",
        "How many cells each selectable rule finds in this month, and their share; the KPI takes the one with ✓.",
    ),
    "rule": ("规则", "Rule"),
    "cell": ("小区", "Cell"),
    "year_ahead": ("年度综合与明年口径", "The year, and next year's targets"),
    "year_ahead_why": (
        (
            "年度综合 = {monthly} × 月度总分平均 + {key_work} × 重点工作 + {inspection_tour} × 巡查。"
            "份额由本单位自定（内部口径，见设置），不是标准；没有得分的一项不计份额。右侧为本月得分，以及按明年目标与权重的得分。"
        ),
        (
            "Composite = {monthly} x mean of monthly totals + {key_work} x key work + {inspection_tour} x tours."
            " The shares are this house's own choice (a setting) and no standard; a part without a score takes its "
            "share out. On the right this month's score, and what it would be under next year's targets and weights."
        ),
    ),
    "composite": ("年度综合", "Composite"),
    "monthly_mean": ("月度平均", "Monthly mean"),
    "key_work": ("重点工作", "Key work"),
    "inspection_tour": ("巡查", "Inspection tours"),
    "share": ("计分份额", "Shares scored"),
    "now_scored": ("本月得分", "This month"),
    "next_scored": ("按明年目标", "Under next year's targets"),
    "for_person": ("仅供本人及其经理查阅", "For the person and the manager only"),
    "own_figures": ("本月指标", "The month's figures"),
    "fell_short_where": ("失分在哪里", "Where points were lost"),
    "fell_short": ("未达标的事件，影响大的在前。", "What fell short, the dearest first."),
    "day": ("日期", "Day"),
    "site": ("基站", "Site"),
    "fairness": ("申诉与剔除", "Contests and exclusions"),
    "fairness_why": (
        "单位可对计入考核的事件提出申诉；裁定前仍计入并标出“申诉中”，成立的从分子分母剔除。比率旁为各单位剔除数及原因。",
        (
            "An office may contest an event that counts. Until it is decided it counts and is marked; what is upheld "
            "leaves both sums. Beside each rate stands how much was left out, and why."
        ),
    ),
    "contested": ("申诉中 {n}", "contested {n}"),
    "no_contests": ("本月没有申诉。", "Nothing is contested in this month."),
    "contest": ("申诉", "Contest"),
    "event": ("事件", "Event"),
    "reason": ("理由", "Reason"),
    "evidence": ("证据", "Evidence"),
    "state": ("状态", "State"),
    "contest_open": ("待裁定", "Not decided"),
    "contest_upheld": ("成立，已剔除", "Upheld, left out"),
    "contest_rejected": ("不成立", "Rejected"),
    "contest_unknown": ("查无此事件", "No such event counts"),
}

EXCLUDED_FOR: Mapping[str, tuple[str, str]] = {
    "mains_back": ("截止前市电恢复", "Mains back before the deadline"),
    "fixed_set": ("固定油机自启动", "Fixed set started by itself"),
    "planned_work": ("计划施工", "Planned work"),
    "access_refused": ("无法进站", "Access refused"),
    "force_majeure": ("不可抗力", "Force majeure"),
    "other": ("其他登记原因", "Other registered reason"),
    "contest": ("申诉成立", "Contest upheld"),
    "several": ("多项登记原因", "Several registered reasons"),
}
"""Why something was left out of a KPI."""

ROLES: Mapping[str, tuple[str, str]] = {
    "manager": ("经理", "Managers"),
    "maintenance": ("维护员", "Maintenance staff"),
    "generation": ("发电员", "Generator crews"),
    "service": ("客服", "Service staff"),
}

EVIDENCE: Mapping[str, tuple[str, str]] = {
    "subject_id": ("对象", "Subject"),
    "answer_limit_s": ("答复时限（秒）", "Limit to answer, s"),
    "answer_s": ("答复用时（秒）", "Time to answer, s"),
    "close_limit_s": ("办结时限（秒）", "Limit to close, s"),
    "close_s": ("办结用时（秒）", "Time to close, s"),
    "connected": ("接通", "Connected"),
    "down_s": ("宕站时长（秒）", "Down, s"),
    "exempt": ("免责依据", "Left out by"),
    "in_service_s": ("在网时长（秒）", "In service, s"),
    "outages": ("宕站次数", "Outages"),
    "part": ("分项", "Part"),
    "planned_down_s": ("计划施工时长（秒）", "Down for planned work, s"),
    "planned_outages": ("计划施工宕站", "Planned outages"),
    "rated_days": ("有掉话率的天数", "Days with a drop rate"),
    "relation": ("互联方向", "Operator and direction"),
    "repair_s": ("处理用时（秒）", "Time to repair, s"),
    "repeated": ("是否重复", "Repeated"),
    "report_limit_s": ("上报时限（秒）", "Limit to report, s"),
    "report_s": ("上报用时（秒）", "Time to report, s"),
    "response_s": ("响应用时（秒）", "Time to respond, s"),
    "successes": ("成功次数", "Successes"),
    "valid": ("有效试呼", "Valid attempts"),
    "within_days": ("达标天数", "Days within the limit"),
}
"""What is computed beside an event and is in no table of its own."""

WHY: Mapping[str, tuple[str, str]] = {
    "data": ("迟到或更正的数据", "late or corrected data"),
    "definition": ("定义换版", "another definition"),
    "policy": ("内部口径变动", "another house rule"),
    "target": ("目标变动", "another target"),
    "time": ("发布后到期", "fell due since"),
    "earlier_months": ("以前月份有变", "earlier months changed"),
    "others": ("其他单位有变", "others changed"),
}
"""Why a published figure is computed otherwise now."""
