"""Files that come late or broken: a correction with its true difference, and five files nobody should trust."""

from copy import deepcopy
from pathlib import Path

from ops_platform.demo.books import Books, Row
from ops_platform.demo.branch import Branch
from ops_platform.demo.export import Writer
from ops_platform.demo.period import DAY, HOUR
from ops_platform.demo.truth import kpi_rows, write_json

ENCODING = "gb18030"
CORRECTED_REPAIR_S = 60 * HOUR
REPAIR_LIMIT_S = 48 * HOUR


def _correctable(books: Books) -> list[Row]:
    """Return two faults of the last closed month but one that were reported and repaired as they should be."""
    period = books.period
    month = period.count - 2
    return [
        row
        for row in books.rows["faults"]
        if row["story"] == "plain" and row["repaired_at"] and period.month_index(row["occurred_at"] // DAY) == month
    ][:2]


def write_late(branch: Branch, books: Books, late: Path, truth: Path) -> None:
    """Write a file that corrects the repair of two faults, one past its limit and one sooner, and what it changes."""
    before = {_key(row): row for row in kpi_rows(books.measures, branch.contractors)}
    measures = deepcopy(books.measures)
    offices = {site.site_id: site.office_id for site in branch.sites}
    corrected, changes = [], []
    for index, fault in enumerate(_correctable(books)):
        occurred, old = fault["occurred_at"], fault["repaired_at"]
        new = occurred + CORRECTED_REPAIR_S if index == 0 else occurred + (old - occurred) // 2
        row = fault | {"repaired_at": new}
        corrected.append(row)
        where = (occurred // DAY, offices[row["site_id"]], row["staff_id"])
        measures.add("fault_repair_time", *where, new - old)
        measures.add(
            "fault_repair_in_limit", *where, (new - occurred <= REPAIR_LIMIT_S) - (old - occurred <= REPAIR_LIMIT_S)
        )
        changes.append(
            {
                "fault_id": row["fault_id"], "repaired_at_before": books.period.utc(old).isoformat(),
                "repaired_at_after": books.period.utc(new).isoformat(),
            }
        )  # fmt: skip
    month = books.period.months[books.period.count - 2]
    text = Writer(books.period).csv_text("faults", corrected, slashes=True)
    (late / f"faults_{month}_correction.csv").write_bytes(text.encode(ENCODING))
    after = kpi_rows(measures, branch.contractors)
    differences = [{"before": before[_key(row)], "after": row} for row in after if before[_key(row)] != row]
    write_json(truth / "late.json", {"month": month, "faults": changes, "kpis": differences})


def _key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("month", "level", "office_id", "contractor", "staff_id", "kpi_id"))


def _broken_faults(books: Books) -> list[Row]:
    """Return three good faults of the last closed month under numbers that no other file uses."""
    begin = books.period.edges[-2] * DAY
    found = [row for row in books.rows["faults"] if row["story"] == "plain"][:3]
    return [
        row
        | {"fault_id": f"DEMO-GZ9{index:04d}", "occurred_at": begin + index * HOUR,
           "reported_at": begin + index * HOUR + 300, "responded_at": begin + index * HOUR + 600,
           "repaired_at": begin + (index + 3) * HOUR}
        for index, row in enumerate(found, 1)
    ]  # fmt: skip


def write_broken(books: Books, broken: Path, truth: Path) -> None:
    """Write five broken files, and what a careful reader keeps of each."""
    good = Writer(books.period).csv_text("faults", _broken_faults(books), slashes=False)
    header, first, second, third = good.splitlines()
    columns = header.split(",")
    drop = columns.index("故障发生时间")

    def without(line: str) -> str:
        return ",".join(value for index, value in enumerate(line.split(",")) if index != drop)

    undated = second.split(",")
    undated[drop] = "2026-13-45 99:99"
    again = first.split(",")
    cause = columns.index("确认原因")
    again[cause] = "环境" if again[cause] == "天馈" else "天馈"
    stranger = second.split(",")
    stranger[columns.index("基站编号")] = "DEMO999999"
    files: dict[str, tuple[bytes, int, int, str]] = {
        "faults_wrong_encoding.csv": (header.encode(ENCODING) + b"\n" + b"\x81\xff\xfe\x80,\xff\n", 0, 0, "encoding"),
        "faults_missing_column.csv": (_lines(*map(without, (header, first, second, third))), 0, 0, "missing_column"),
        "faults_bad_date.csv": (_lines(header, first, ",".join(undated), third), 2, 1, "unparsable_date"),
        "faults_duplicate_key.csv": (_lines(header, first, second, ",".join(again)), 2, 1, "duplicate_key"),
        "faults_unknown_site.csv": (_lines(header, first, ",".join(stranger), third), 2, 1, "unknown_site"),
    }
    for serial, (name, (body, _, _, _)) in enumerate(files.items()):
        # Numbers of their own, so that no broken file corrects another.
        (broken / name).write_bytes(body.replace(b"DEMO-GZ9", f"DEMO-GZ9{serial}".encode()))
    expected = {
        name: {"good_rows": fine, "bad_rows": bad, "trouble": why} for name, (_, fine, bad, why) in files.items()
    }
    write_json(truth / "broken.json", expected)


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode(ENCODING)
