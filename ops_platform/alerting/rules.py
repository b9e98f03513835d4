"""The rules that may wake a person, each with its severity, its words and what to do; and a condition found true."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ops_platform.settings import Language

Severity = Literal["critical", "major", "minor"]
Fact = str | int | float | bool | None


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in this language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Rule:
    """One reason to tell somebody.

    Attributes
    ----------
    id
        Name of the rule, as in docs/definitions.md.
    severity
        How soon a person must act.
    heading
        What is the matter, in a few words.
    unit
        What is counted when several are told in one message.
    line
        Template of what is said about one episode. Fields are the facts, with times business-local, ``office`` and
        ``left``.
    advice
        What to do.
    name
        The fact by which the subject is called.
    due
        The fact after which episodes are ordered, the earliest being the most urgent.
    facts
        Facts that a condition of the rule must bring.
    counts_down
        Whether the time left to ``due``, or gone since, belongs into the title.
    worsens_to
        Rule that takes over when the same subject gets worse; then this one ends without a message.
    """

    id: str
    severity: Severity
    heading: Words
    unit: Words
    line: Words
    advice: Words
    name: str
    due: str
    facts: tuple[str, ...]
    counts_down: bool = True
    worsens_to: str = ""


_SITES = Words("个基站", "sites")
_INSPECTION = ("site_name", "office_name", "due_on")
_GENERATOR = ("site_name", "office_name", "failed_at", "deadline_at")

_ALL = (
    Rule(
        "inspection_overdue",
        "major",
        Words("巡检超期", "Inspection overdue"),
        _SITES,
        Words(
            "{site_name}（{office}）最晚应于 {due_on} 完成巡检，{left}",
            "{site_name} ({office}): inspection was due on {due_on}, {left}",
        ),
        Words(
            "请今天安排巡检并回传结果；无法进站的，登记原因并附证明。",
            "Inspect today and return the result; where the site cannot be entered, record why, with evidence.",
        ),
        "site_name",
        "due_on",
        _INSPECTION,
    ),
    Rule(
        "inspection_due_soon",
        "minor",
        Words("巡检即将到期", "Inspection due soon"),
        _SITES,
        Words(
            "{site_name}（{office}）最晚须于 {due_on} 完成巡检，{left}",
            "{site_name} ({office}): inspection is due on {due_on}, {left}",
        ),
        Words(
            "请排入近日巡检路线；无法进站的，登记原因并附证明。",
            "Put it on one of the next rounds; where the site cannot be entered, record why, with evidence.",
        ),
        "site_name",
        "due_on",
        _INSPECTION,
        worsens_to="inspection_overdue",
    ),
    Rule(
        "generator_leave_by",
        "critical",
        Words("立即出发发电", "Leave now with a generator"),
        _SITES,
        Words(
            "{site_name}（{office}）{failed_at} 停电，油机须在 {deadline_at} 前启动，{left}",
            "{site_name} ({office}): mains failed at {failed_at}, the generator must run by {deadline_at}, {left}",
        ),
        Words(
            "请立即派发电人员出发并登记派单；多站同时停电时按所列顺序前往。",
            "Send a crew at once and record the dispatch; where several sites are out, go in the order listed.",
        ),
        "site_name",
        "deadline_at",
        _GENERATOR,
        worsens_to="generator_late",
    ),
    Rule(
        "generator_late",
        "critical",
        Words("发电已超时", "Generator is late"),
        _SITES,
        Words(
            "{site_name}（{office}）{failed_at} 停电，油机应在 {deadline_at} 前启动而未启动，{left}",
            "{site_name} ({office}): mains failed at {failed_at}, no generator by {deadline_at}, {left}",
        ),
        Words(
            "发电截止时刻已过：请立即联系发电人员确认位置，必要时改派最近的队伍，并通知监控准备宕站处置。",
            "The time by which a generator must run is past: find out where the crew is, send the nearest one if need "
            "be, and tell the operations centre to expect a site outage.",
        ),
        "site_name",
        "deadline_at",
        _GENERATOR,
    ),
    Rule(
        "run_failed",
        "major",
        Words("数据处理失败", "Run failed"),
        Words("次运行", "runs"),
        Words(
            "{job_name} 于 {failed_at} 失败（运行 {run_id}）：{error}",
            "{job_name} failed at {failed_at} (run {run_id}): {error}",
        ),
        Words(
            "请在 Dagster 中打开该次运行，按错误提示改正文件或设置后重新执行。",
            "Open the run in Dagster, correct the file or setting that the error names, and run it again.",
        ),
        "job_name",
        "failed_at",
        ("job_name", "run_id", "failed_at", "error"),
        counts_down=False,
    ),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in _ALL}


@dataclass(frozen=True)
class Condition:
    """Something found true at an evaluation.

    Attributes
    ----------
    rule
        Id of the rule.
    subject
        Site, outage, office or run that it is about; with the rule it makes the fingerprint.
    office_id
        Office whose people on duty are told; empty for a matter of the whole branch.
    facts
        What the message says, flat: times as ISO 8601 with offset under ``*_at``, dates under ``*_on``. What changes by
        the passing of time alone (minutes left) does not belong here; it is worked out when the message is written.

    Raises
    ------
    ValueError
        If the rule is not known, or a fact that it needs is missing or malformed.
    """

    rule: str
    subject: str
    office_id: str
    facts: Mapping[str, Fact]

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"there is no alert rule {self.rule!r}")
        if missing := [name for name in RULES[self.rule].facts if self.facts.get(name) is None]:
            raise ValueError(f"condition {self.fingerprint} lacks {', '.join(missing)}")
        json.dumps(dict(self.facts), allow_nan=False)
        for name, value in self.facts.items():
            if value is not None and name.endswith(("_at", "_on")):
                due_of(name, value)

    @property
    def fingerprint(self) -> str:
        """Rule and subject: one open episode for each."""
        return f"{self.rule}:{self.subject}"


def due_of(name: str, value: Fact) -> date | datetime:
    """Return the date (``*_on``) or the aware moment (``*_at``) that a fact states.

    Raises
    ------
    ValueError
        If it states neither, or a moment without offset.
    """
    if name.endswith("_on"):
        return date.fromisoformat(str(value))
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{name} = {value} has no offset")
    return moment
