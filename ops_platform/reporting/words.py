"""Every word of the pages, in Chinese and English, in one place."""

from collections.abc import Mapping

from ops_platform.kpi.definition import Kpi
from ops_platform.reporting.published_words import PUBLISHED_WORDS

Words = tuple[str, str]
"""Chinese and English."""

WORDS: Mapping[str, Words] = {
    "title": ("网络运行月度考核", "Monthly network scorecard"),
    **PUBLISHED_WORDS,
    "provisional": ("未发布（数据可能变动）", "Provisional (figures may still change)"),
    "published": ("已发布", "Published"),
    "made": ("生成时间", "Made"),
    "local_time": ("均为当地时间", "All times are local"),
    "fingerprint": ("数据指纹", "Fingerprint"),
    "print": ("打印", "Print"),
    "workbook": ("下载 Excel", "Excel workbook"),
    "map": ("打开覆盖地图", "Open the coverage map"),
    "map_why": (
        "哪里没有覆盖、涉及多少人口、离最近的基站有多远。",
        "Where nobody is covered, how many people that is, and how far the nearest site is.",
    ),
    "ranking": ("单位排名", "Ranking of the offices"),
    "red_flag": ("流动红旗", "Red flag"),
    "score": ("总分", "Score"),
    "rank": ("名次", "Rank"),
    "office": ("单位", "Office"),
    "branch": ("分公司", "Branch"),
    "since": ("比上月", "vs last month"),
    "up": ("上升 {n} 位", "up {n}"),
    "down": ("下降 {n} 位", "down {n}"),
    "same_rank": ("名次不变", "same rank"),
    "first_month": ("首次参评", "first month"),
    "covered_weight": ("计分权重 {n} %", "{n} % of the weights have a value"),
    "met": ("达标", "Met"),
    "missed": ("未达标", "Below target"),
    "no_value": ("无数值", "No value"),
    "untargeted": ("无目标", "No target"),
    "summary_met": ("项达标", "met"),
    "summary_missed": ("项未达标", "below target"),
    "summary_none": ("项无数值", "without a value"),
    "headline": ("分公司重点指标", "The branch at a glance"),
    "headline_why": (
        "未达标的在前，其余按权重。虚线为目标。",
        "Those below target first, then by weight. The dashed line is the target.",
    ),
    "matrix": ("指标与单位", "KPI by office"),
    "matrix_why": (
        "点开一行，可看分子、分母、剔除、缺失与定义。",
        "Open a row for numerator, denominator, exclusions, missing data and the definition.",
    ),
    "open_all": ("全部展开", "Open all"),
    "kpi": ("指标", "KPI"),
    "target": ("目标", "Target"),
    "value": ("数值", "Value"),
    "change": ("环比", "Change"),
    "numerator": ("分子", "Numerator"),
    "denominator": ("分母", "Denominator"),
    "excluded": ("剔除", "Excluded"),
    "suspect": ("可疑", "Suspect"),
    "missing": ("缺失", "Missing"),
    "weight": ("权重", "Weight"),
    "why_zero": ("分母为零", "Zero denominator"),
    "why_absent": ("没有数据", "No data"),
    "rank_n": ("第 {n}", "no. {n}"),
    "offices": ("各单位：为什么变，周一先做什么", "Each office: what moved, and what to do on Monday"),
    "points_lost": ("失分", "Points lost"),
    "monday": ("周一先做", "First on Monday"),
    "look_first": ("先看", "Start with"),
    "open_everything": ("全部展开", "Open everything"),
    "short_ranking": ("排名", "Ranking"),
    "short_offices": ("各单位", "Offices"),
    "short_headline": ("分公司", "Branch"),
    "short_matrix": ("指标表", "KPIs"),
    "short_lists": ("清单", "Lists"),
    "short_verdicts": ("优化效果", "Changes"),
    "short_year": ("年累计", "Year"),
    "short_fairness": ("申诉与剔除", "Fairness"),
    "short_completeness": ("数据", "Data"),
    "short_definitions": ("定义", "Definitions"),
    "gist_year": ("{n} 项全年目标已无法达到", "{n} targets of the year are out of reach"),
    "gist_fairness": ("申诉 {m} 件，待裁定 {n} 件", "{m} contested, {n} not decided"),
    "gist_completeness": ("{n} 项有剔除、缺失或可疑", "{n} KPIs with excluded, missing or suspect data"),
    "gist_definitions": ("{n} 项指标", "{n} KPIs"),
    "loses": ("失 {n} 分", "costs {n} pts"),
    "no_losses": ("全部有目标的指标均达标。", "Every KPI with a target is met."),
    "more_losses": ("另有 {n} 项未达标", "{n} more below target"),
    "met_of": ("{n} / {m} 项达标", "{n} of {m} met"),
    "on_list": ("本单位 {n} 条，见清单", "{n} of this office on the list"),
    "people": ("个人考核（{n} 人）", "People ({n})"),
    "person": ("姓名", "Name"),
    "person_rank": ("全公司名次", "Rank in the branch"),
    "contractors": ("代维公司考核", "Contractors"),
    "contractors_why": (
        "按人员台账中各责任人所属的代维公司合计，跨单位；自有人员不在其中。",
        "Sums of the people who work for each contractor by the staff register, in all offices; our own are in none.",
    ),
    "contractor": ("代维公司", "Contractor"),
    "contractor_rank": ("名次", "Rank"),
    "person_losses": ("未达标指标（失分）", "Below target (points lost)"),
    "year": ("年累计与达标所需", "Year to date, and what is still needed"),
    "year_why": (
        "“仍需”为剩余月份平均要达到的数值，假定每月业务量与至今的平均相同（内部口径）。",
        "Needed: the average of the months left, if their volume stays at the average so far (house definition).",
    ),
    "needed": ("仍需", "Needed"),
    "year_value": ("年累计", "Year to date"),
    "secured": ("已锁定", "secured"),
    "out_of_reach": ("已无法达到", "out of reach"),
    "year_over": ("全年已结束", "year is over"),
    "lists": ("下一步", "What to do next"),
    "none_listed": ("没有。", "None."),
    "more_untargeted": ("其余 {n} 项没有目标", "{n} more without a target"),
    "more_waiting": ("其余 {n} 项无证据或为时尚早", "{n} more without evidence, or too early"),
    "more_rows": ("其余 {n} 条", "{n} more"),
    "not_shown": ("另有 {n} 条未列出。", "{n} more are not listed."),
    "completeness": ("数据完整性", "Completeness of the data"),
    "completeness_why": (
        "缺失的数据不计入分母，可疑的数据不计入数值；两者都不会被当作好或坏。所列为记录数，无线指标为小区日。",
        (
            "Missing data leave the denominator and suspect data leave the value; neither counts as good or bad. "
            "Counted are records, for the radio network days of cells."
        ),
    ),
    "complete": ("没有缺失、可疑或剔除的数据。", "Nothing is missing, suspect or excluded."),
    "definitions": ("指标定义", "Definitions"),
    "source": ("来源", "Source"),
    "house": ("内部口径", "House definition"),
    "house_why": (
        "没有公开标准给出的定义，均标为内部口径，不作为标准引用。",
        "A definition that no published standard gives is marked as a house definition and is not a standard.",
    ),
    "version": ("版本", "Version"),
    "higher": ("越高越好", "Higher is better"),
    "lower": ("越低越好", "Lower is better"),
    "unit": ("单位", "Unit"),
    "other": ("其他", "Other"),
    "score_of_kpi": ("得分", "Score"),
    "score_before": ("上月总分", "Score last month"),
    "rank_before": ("上月名次", "Rank last month"),
    "weight_pct": ("计分权重占比 %", "Weights with a value %"),
    "meaning": ("含义", "Meaning"),
    "chart_targets": (
        "与目标的距离：右侧达标，左侧未达标",
        "Distance to target: right of the line is met, left is below",
    ),
    "better": ("方向", "Direction"),
    "house_mark": ("是否内部口径", "House definition"),
    "so_far": ("本月进行中：截至目前，不作评定", "The month still runs: so far, no verdict"),
    "so_far_rank": ("目前", "so far"),
    "rank_between": ("名次 {low}–{high}", "rank {low}–{high}"),
    "rank_certain": ("名次确定", "rank certain"),
    "year_rank": ("年累计第 {n}（{score}）", "year to date no. {n} ({score})"),
    "peer_rank": ("同类 {m} 个单位中第 {n}", "no. {n} of {m} peers"),
    "flags_held": ("今年红旗 {n} 次", "red flag {n} times this year"),
    "flag_streak": ("连续 {n} 月", "{n} months in a row"),
    "ranking_how": ("区间与同类怎么算", "How bands and peers are found"),
    "history_of": (
        "各单位历月总分折线图，数值同排名与“全部月份”",
        "Line chart of the offices' total scores month by month",
    ),
    "ranking_why": (
        (
            "浅色区间内有总分的九成可能，“名次 1–3”内有名次的九成可能：各指标按其发生数的后验分布（贝塔、伽马，样本量"
            "按站聚集折算）重抽一千次再排名，内部口径。同类单位按站数、农村站占比与分布范围聚类。"
        ),
        (
            "The pale band holds nine of ten likely scores, “rank 1–3” nine of ten likely ranks: every KPI is drawn a "
            "thousand times from its posterior (Beta or Gamma, its sample size corrected for clusters at sites) and "
            "ranked anew (house). Peers are grouped by number of sites, rural share and extent."
        ),
    ),
    "flag_history": ("红旗历史", "Red flag"),
    "moved": ("比上月为什么变", "What moved since last month"),
    "moved_sum": ("合计 {n} 分", "{n} pts in all"),
    "moved_rest": ("其余 {n} 项", "{n} others"),
    "score_then": ("假设总分", "Score then"),
    "rank_then": ("假设名次", "Rank then"),
    "events": ("事件", "Events"),
    "points": ("总分变化", "Points"),
    "total": ("合计", "Total"),
    "if_met": ("达标可得 {n} 分", "at target {n} pts"),
    "if_met_rank": ("，升至第 {n}", ", up to no. {n}"),
    "score_trend": ("总分走势", "Trend of the score"),
    "expected": ("年终预计", "Year-end forecast"),
    "chance": ("达标可能", "Chance"),
    "forecast_why": (
        (
            "预计与区间（八成可能）：把至今的各周随机重排到年底，再按前几个月的试算放宽；试算有 {held} % 落入区间，"
            "{m} 项指标中有 {n} 项比“照上月”更准（内部口径）。"
        ),
        (
            "Forecast with its band (eight of ten): the weeks so far drawn anew until December, and widened as trials "
            "on the known months call for; {held} % of the trials lay in their band, and {n} of {m} KPIs came nearer "
            "than “as last month” did (house)."
        ),
    ),
    "verdicts": ("优化效果", "What changes on cells did"),
    "improved": ("改善", "Improved"),
    "worse": ("变差", "Worse"),
    "no_evidence": ("无证据", "No evidence"),
    "too_early": ("为时尚早", "Too early"),
    "verdicts_why": (
        (
            "本月与上月每次天线、功率、参数调整：小区掉话率前后各至多 28 天之比，减去 20 个相似而未调整小区的中位数，"
            "括号内为 99 % 区间（内部口径）。最早可评日期之前不下结论。"
        ),
        (
            "Every antenna, power or parameter change of this month and the last: the cell's drop rate over up to 28 "
            "days after against 28 before, less the median of twenty similar cells that nobody touched, with its 99 % "
            "interval (house). Before the earliest honest review date there is no verdict."
        ),
    ),
    "cell": ("小区", "Cell"),
    "done_on": ("调整日期", "Changed on"),
    "verdict": ("结论", "Verdict"),
    "drop_change": ("掉话率变化", "Drop rate"),
    "neighbours": ("邻区", "Neighbours"),
    "because": ("依据", "Because"),
    "review_on": ("最早可评", "Review from"),
    "action_azimuth": ("方位角", "Azimuth"),
    "action_tilt": ("下倾角", "Tilt"),
    "action_power": ("功率", "Power"),
    "action_parameter": ("参数", "Parameter"),
    "action_expansion": ("扩容", "Expansion"),
    "reason_interval": ("区间不含零", "The interval excludes zero"),
    "reason_spans_zero": ("区间含零", "The interval includes zero"),
    "reason_already_moving": ("调整前已在变化", "It moved before the change"),
    "reason_neighbours_worse": ("邻区变差", "Neighbours got worse"),
    "reason_few_days": ("天数不足", "Too few days"),
    "reason_few_controls": ("对照不足", "Too few similar cells"),
    "map_of": ("覆盖地图", "Coverage map"),
    "pdf_zh": ("PDF 中文", "PDF in Chinese"),
    "pdf_en": ("PDF 英文", "PDF"),
    "index": ("全部月份", "All months"),
    "index_why": (
        "点月份看全月，点分数直达该单位。",
        "A month opens its page, a score the office's card on it.",
    ),
    "month": ("月份", "Month"),
    "files": ("文件", "Files"),
    "not_published": ("未发布", "Not published"),
    "map_short": ("地图", "Map"),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
}

SUBJECTS: Mapping[str, Words] = {
    "power": ("动力与故障", "Power and faults"),
    "inspection": ("巡检与作业", "Inspections and work plans"),
    "radio": ("无线网络", "Radio network"),
    "traffic": ("互联互通", "Interconnect"),
    "service": ("客户服务", "Service"),
    "coverage": ("覆盖", "Coverage"),
    "": WORDS["other"],
}

LISTS: Mapping[str, Words] = {
    "late_outages": ("停电未及时发电", "Mains outages without a generator in time"),
    "overdue_inspections": ("未完成的巡检", "Inspections not done"),
    "worst_cells": ("最坏小区", "Worst cells"),
    "worst_sites": ("宕站最久的站", "Sites that were down longest"),
    "gaps": ("覆盖空洞", "Areas without coverage"),
}

UNITS: Mapping[str, Words] = {
    "/100": ("次/百站月", "per 100 site-months"),
    "/10000": ("件/万户", "per 10,000 users"),
    "h": ("小时", "h"),
    "%": ("%", "%"),
    "points": ("分", "points"),
}


def word(key: str, **values: object) -> Words:
    """Return a word in both languages, with its blanks filled."""
    zh, en = WORDS[key]
    return (zh.format(**values), en.format(**values)) if values else (zh, en)


def unit(kpi: Kpi) -> Words:
    """Return a KPI's unit in both languages."""
    return UNITS.get(kpi.unit, (kpi.unit, kpi.unit))
