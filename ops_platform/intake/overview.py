"""What arrived and what was set aside, as small frames for people."""

from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.intake.quarantine import ACCEPTED, WAITING
from ops_platform.intake.words import both
from ops_platform.state import QUARANTINE, RECEIPT, State

RECENT = 30
_DAY_S = 86_400
_KINDS: dict[str, tuple[str, str]] = {
    "reference": (
        both("未知编号或名称", "unknown number or name"),
        both("报送缺少的台账，或在 aliases 登记别名：自动放行", "send the register or an alias: released by itself"),
    ),
    "missing": (
        both("缺少必填值", "required value missing"),
        both("在来源系统补全后重新上传该文件", "complete it at the source and drop the file again"),
    ),
    "type": (
        both("格式不符", "not understood"),
        both("按原因所示格式改正后重新上传", "write it as the reason says and drop the file again"),
    ),
    "bounds": (
        both("超出范围", "out of bounds"),
        both("核对单位与录入后重新上传", "check unit and entry, and drop the file again"),
    ),
    "vocabulary": (
        both("不在词表内", "not an accepted word"),
        both("改用词表中的词，或在映射文件中登记写法", "use an accepted word, or add the spelling to the mapping"),
    ),
    "period": (
        both("不在保存时段", "outside the kept period"),
        both("核对年份；确属历史数据的用 ops dismiss 搁置", "check the year; dismiss what is history with ops dismiss"),
    ),
    "superseded": (
        both("已被后来的行取代", "superseded by a later row"),
        both("无须处理；可用 ops dismiss 搁置", "nothing to do; ops dismiss takes it off the list"),
    ),
    "broken": (
        both("无法分列", "could not be cut into cells"),
        both("修正该行的引号或分隔符后重新上传", "mend the row's quotes or delimiters and drop the file again"),
    ),
}
_OTHER = (both("其他", "other"), both("见原因", "see the reason"))


def recent_receipts(state: State) -> pd.DataFrame:
    """Return the latest receipts with what is to know about each: first the refused files not accepted since."""
    columns = ("file_name", "status", "finding", "feed", "rows_read", "rows_accepted", "rows_quarantined",
               "rows_duplicate", "received_at", "id")  # fmt: skip
    later = RECEIPT.alias("later")
    mended = sa.exists().where(
        later.c.file_name == RECEIPT.c.file_name, later.c.id > RECEIPT.c.id, later.c.status == "accepted"
    )
    open_refusal = (RECEIPT.c.status == "refused") & ~mended
    shown = sa.select(*(RECEIPT.c[name] for name in columns)).order_by(RECEIPT.c.id.desc()).limit(RECENT)
    refused = state.rows(shown.where(open_refusal))
    return pd.DataFrame(refused + state.rows(shown.where(~open_refusal)), columns=list(columns)).head(RECENT)


def quarantine_totals(state: State) -> dict[str, int]:
    """Return how many rows wait in quarantine, and how many were dismissed and released so far."""
    dismissed = QUARANTINE.c.released_at.is_(None) & QUARANTINE.c.dismissed_at.is_not(None)
    counts = {"waiting": WAITING, "dismissed": dismissed, "released": QUARANTINE.c.released_at.is_not(None)}
    query = sa.select(*(sa.func.count().filter(which).label(name) for name, which in counts.items()))
    return state.rows(query.select_from(QUARANTINE.join(RECEIPT)).where(ACCEPTED))[0]


def waiting_by_reason(state: State, now: datetime) -> pd.DataFrame:
    """Return what waits in quarantine by feed, column and kind of reason, most rows first, and what to do next."""
    what = (RECEIPT.c.feed, QUARANTINE.c.column, QUARANTINE.c.problem)
    grouped = _grouped(state, what, now, sa.func.min(QUARANTINE.c.id).label("first"))
    examples = sa.select(QUARANTINE.c.id, QUARANTINE.c.line, QUARANTINE.c.reason, RECEIPT.c.file_name).join(RECEIPT)
    of = {row["id"]: row for row in state.rows(examples.where(QUARANTINE.c.id.in_([row["first"] for row in grouped])))}
    columns = ["feed", "column", "kind", "rows", "files", "days_waiting", "next_step", "reason", "file_name", "line"]
    told = []
    for row in grouped:
        kind, step = _KINDS.get(row["problem"], _OTHER)
        told.append({**row, "kind": kind, "next_step": step, **of[row["first"]]})
    return pd.DataFrame(told, columns=columns)


def worst_values(state: State, now: datetime) -> pd.DataFrame:
    """Return the values that keep most rows waiting: one decision about a value settles them all."""
    what = (RECEIPT.c.feed, QUARANTINE.c.column, QUARANTINE.c.value)
    unknown = QUARANTINE.c.problem.in_(["reference", "vocabulary"])
    columns = ["feed", "column", "value", "rows", "files", "received_at", "days_waiting"]
    return pd.DataFrame(_grouped(state, what, now, where=unknown), columns=columns)


def worst_files(state: State, now: datetime) -> pd.DataFrame:
    """Return the files that brought most of the rows that wait."""
    what = (RECEIPT.c.file_name, RECEIPT.c.feed, RECEIPT.c.id.label("id"), RECEIPT.c.rows_read)
    columns = ["file_name", "feed", "rows", "rows_read", "received_at", "days_waiting", "id"]
    return pd.DataFrame(_grouped(state, what, now), columns=columns)


def dismissed_by_reason(state: State) -> pd.DataFrame:
    """Return what was dismissed, by feed, reason and person."""
    what = (RECEIPT.c.feed, QUARANTINE.c.dismissed_why, QUARANTINE.c.dismissed_by)
    when = sa.func.max(QUARANTINE.c.dismissed_at, type_=QUARANTINE.c.dismissed_at.type).label("dismissed_at")
    query = (
        sa.select(*what, sa.func.count().label("rows"), when)
        .join(RECEIPT, QUARANTINE.c.receipt_id == RECEIPT.c.id)
        .where(ACCEPTED, QUARANTINE.c.dismissed_at.is_not(None), QUARANTINE.c.released_at.is_(None))
        .group_by(*what)
        .order_by(when.desc())
    )
    return pd.DataFrame(state.rows(query), columns=["feed", "dismissed_why", "dismissed_by", "rows", "dismissed_at"])


def unbalanced_receipts(state: State) -> pd.DataFrame:
    """Return the receipts whose rows were not all accounted for: accepted + quarantined + duplicate must be read."""
    told = RECEIPT.c.rows_accepted + RECEIPT.c.rows_quarantined + RECEIPT.c.rows_duplicate
    query = sa.select(RECEIPT).where(RECEIPT.c.status == "accepted", RECEIPT.c.rows_read != told)
    return pd.DataFrame(state.rows(query), columns=[column.name for column in RECEIPT.columns])


def _grouped(
    state: State,
    what: tuple[sa.ColumnElement[object], ...],
    now: datetime,
    *more: sa.ColumnElement[object],
    where: sa.ColumnElement[bool] | None = None,
) -> list[dict[str, Any]]:
    """Count the waiting rows by some columns, with files and the first arrival, most rows first."""
    since = sa.func.min(RECEIPT.c.received_at, type_=RECEIPT.c.received_at.type).label("received_at")
    rows, files = sa.func.count().label("rows"), sa.func.count(RECEIPT.c.id.distinct()).label("files")
    query = (
        sa.select(*what, rows, files, since, *more)
        .join(RECEIPT, QUARANTINE.c.receipt_id == RECEIPT.c.id)
        .where(ACCEPTED, WAITING, sa.true() if where is None else where)
        .group_by(*what)
        .order_by(rows.desc(), *what)
    )
    return [
        {**row, "days_waiting": int((now - row["received_at"]).total_seconds() // _DAY_S)} for row in state.rows(query)
    ]
