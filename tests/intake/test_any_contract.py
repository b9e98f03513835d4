"""For any feed: a file made from its contract is read whole; a cell that is broken sets its row aside, and no other.

The file is CSV, a workbook or JSON, under Chinese or English headers, and every reference stands in a register.
"""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts import FEEDS, Column, Contract
from ops_platform.state import QUARANTINE
from tests.intake.cases.builders import xlsx
from tests.intake.conftest import House, house_in

KNOWN = {"offices": ["O1"], "sites": ["S1", "S2"], "cells": ["C1", "C2"], "staff": ["E1", "E2"],
         "generators": ["G1", "G2"], "settlements": ["V1", "V2"]}  # fmt: skip
"""Keys from which references are taken."""
PEOPLE = "工号,姓名,单位编码,岗位\nE1,张三,O1,维护员\nE2,李四,O1,发电员\n"
PLACES = "居民点编码,居民点名称,单位编码,纬度,经度,人口\nV1,甲村,O1,35.5,102.0,100\nV2,乙村,O1,35.6,102.1,200\n"
SETS = "油机编号,单位编码,额定功率（kW）\nG1,O1,5\nG2,O1,10\n"
TEXT = st.text(alphabet="abXY甲乙丙 -_,;'\"（）。·é059\n=", max_size=8)
NEVER = {"int64": "五", "float64": "1.2.3", "boolean": "大概", "timestamp": "昨天", "date": "明天"}
"""What no cell of a type can mean."""
MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda n: datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=n))
MOST_ROWS = 10


class Made(NamedTuple):
    """A table of a feed, the rows of it that were broken with the column and its cell, and how many rows are copies."""

    contract: Contract
    rows: list[list[str]]
    broken: dict[int, tuple[str, str]]
    copies: int
    chinese: bool
    kind: str


def said(contract: Contract, column: Column, number: int) -> st.SearchStrategy[str]:
    """Return what a cell may say; no two numbers give rows of one key."""
    if column.refers_to:
        return st.sampled_from(KNOWN[column.refers_to])
    if contract.name == "aliases" and column.name in {"feed", "target_id"}:
        return st.just("offices" if column.name == "feed" else "O1")
    if column.words:
        return st.sampled_from([text for word, spellings in column.words.items() for text in (word, *spellings)])
    low = column.minimum if column.minimum is not None else -1000.0
    high = column.maximum if column.maximum is not None else 1000.0
    return {
        "string": TEXT.map(lambda text: f"x{number}{text}x"),
        "boolean": st.sampled_from(["是", "否", "true", "0", "Y"]),
        "timestamp": MOMENTS.map(lambda moment: f"{moment + timedelta(seconds=number):%Y-%m-%d %H:%M:%S}"),
        "date": MOMENTS.map(lambda moment: f"{moment:%Y/%m/%d}"),
        "int64": st.integers(int(low), int(high)).map(str),
        "float64": st.floats(low, high).map(lambda value: f"{value:.4f}"),
    }[column.dtype]


def wrong(column: Column) -> list[str]:
    """Return what a cell must not say."""
    found = [NEVER[column.dtype]] if column.dtype in NEVER else []
    found += ["没有此项"] if column.words or column.refers_to else []
    found += [] if column.nullable else [""]
    found += [] if column.minimum is None else [f"{int(column.minimum) - 1}"]
    return found + ([] if column.maximum is None else [f"{int(column.maximum) + 1}"])


@st.composite
def tables(draw: st.DrawFn, contract: Contract) -> Made:
    rows: list[list[str]] = []
    broken: dict[int, tuple[str, str]] = {}
    for number in range(draw(st.integers(1, MOST_ROWS))):
        row = {column.name: draw(said(contract, column, number)) for column in contract.columns}
        for column in contract.columns:
            if column.nullable and draw(st.booleans()):
                row[column.name] = ""
        if draw(st.sampled_from([True, False, False])):
            column = draw(st.sampled_from([column for column in contract.columns if wrong(column)]))
            row[column.name] = draw(st.sampled_from(wrong(column)))
            broken[number] = column.name, row[column.name]
        rows.append(list(row.values()))
    good = [row for number, row in enumerate(rows) if number not in broken]
    copies = good[: draw(st.integers(0, 2))]
    kind = draw(st.sampled_from(["csv", "xlsx", "json"]))
    return Made(contract, rows + copies, broken, len(copies), draw(st.booleans()), kind)


def written(made: Made) -> tuple[bytes, list[int]]:
    """Return the file, and the line on which each row stands in it."""
    headers = [column.zh if made.chinese else column.name for column in made.contract.columns]
    count = len(made.rows)
    if made.kind == "json":
        records = [dict(zip(headers, row, strict=True)) for row in made.rows]
        return json.dumps(records, ensure_ascii=not made.chinese).encode(), list(range(1, count + 1))
    if made.kind == "xlsx":
        return xlsx({"x": [headers, *made.rows]}), list(range(2, count + 2))
    text = io.StringIO()
    csv.writer(text).writerows([headers, *made.rows])
    inside = [sum(cell.count("\n") for cell in row) for row in made.rows]
    lines = [2 + at + sum(inside[:at]) for at in range(count)]
    return text.getvalue().encode("gb18030" if made.chinese else "utf-8"), lines


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory, known_network: Path) -> House:
    """Return one installation for every example: what came before is corrected or the same, and counts for nothing."""
    house = house_in(tmp_path_factory.mktemp("any"), known_network)
    for name, content in {"staff.csv": PEOPLE, "generators.csv": SETS, "settlements.csv": PLACES}.items():
        assert house.receive(name, content).rows_accepted == 2
    return house


@pytest.mark.parametrize("feed", FEEDS)
@settings(max_examples=6)
@given(data=st.data())
def test_a_file_of_any_contract_is_read_but_for_its_broken_rows(
    registered: House, feed: str, data: st.DataObject
) -> None:
    made = data.draw(tables(FEEDS[feed]))
    content, lines = written(made)
    receipt = registered.receive(f"{feed}.{made.kind}", content)
    assert (receipt.status, receipt.feed) == ("accepted", feed), receipt.finding
    assert receipt.rows_read == len(made.rows)
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_duplicate
    mine = sa.select(QUARANTINE).where(QUARANTINE.c.receipt_id == receipt.id).order_by(QUARANTINE.c.line)
    aside = [(row["line"], row["column"], row["value"].strip()) for row in registered.state.rows(mine)]
    assert aside == [(lines[number], *what) for number, what in made.broken.items()]
    assert receipt.rows_duplicate == made.copies
    name = FEEDS[feed].key[-1]
    column = FEEDS[feed].column(name)
    if column.dtype == "string" and not column.words:
        at = FEEDS[feed].schema.names.index(name)
        stored = {key for part in receipt.partitions for key in registered.facts(feed, part)[name].to_pylist()}
        assert {row[at] for number, row in enumerate(made.rows) if number not in made.broken} <= stored
