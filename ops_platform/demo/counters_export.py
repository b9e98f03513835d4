"""Cell counters as files: hourly CSV through Arrow, and TS 32.435 XML of quarter-hours."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from ops_platform.demo.headers import HEADERS, VENDOR_COUNTERS
from ops_platform.demo.period import DAY, Period
from ops_platform.demo.radio import ANY_COUNTERS, GSM_COUNTERS, LTE_COUNTERS, Block

NAMESPACE = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M")
YES = "是"


def _table(period: Period, block: Block, form: str) -> pa.Table:
    _, days, periods = block.present.shape
    picked = np.flatnonzero(block.present)
    slots = [period.local(block.first_day * DAY + k * block.period_s) for k in range(days * periods)]
    labels = pa.array([f"{slot:{form}}" for slot in slots])
    ids = pa.array([cell.cell_id for cell in block.cells])
    row, slot = np.divmod(picked, days * periods)
    columns = {"cell_id": ids.take(pa.array(row)), "period_start_at": labels.take(pa.array(slot))}
    columns["period_s"] = pa.array(np.full(len(picked), block.period_s))
    for name in (*GSM_COUNTERS, *LTE_COUNTERS, *ANY_COUNTERS):
        values = block.counters.get(name)
        columns[name] = pa.nulls(len(picked), pa.int64()) if values is None else pa.array(values.reshape(-1)[picked])
    columns["suspect"] = pa.array(["", YES]).take(pa.array(block.suspect.reshape(-1)[picked].astype(np.int8)))
    return pa.table({name: columns[name] for name in HEADERS["cell_counters"]})


def write_hourly(path: Path, period: Period, blocks: list[Block], *, variant: int) -> int:
    """Write one office-month of hourly rows and return their number; the variant chooses encoding and date style."""
    table = pa.concat_tables([_table(period, block, FORMATS[variant % 2]) for block in blocks])
    encoding = "gb18030" if variant % 2 == 0 else "utf-8"
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False, quoting_style="none"))
    body = sink.getvalue().to_pybytes()
    header = ",".join(HEADERS["cell_counters"].values()) + "\n"
    if encoding != "utf-8":
        # The body is ASCII but for one word, so transcoding it is a replacement.
        body = body.replace(YES.encode(), YES.encode(encoding))
    with path.open("wb") as file:
        file.write(header.encode(encoding))
        file.write(body)
    return int(table.num_rows)


def _gsm_values(block: Block, day: int, slot: int, names: list[str]) -> list[str]:
    rows = np.stack([block.counters[name][:, day, slot] for name in (*GSM_COUNTERS, *ANY_COUNTERS)], axis=1).tolist()
    here, doubt = block.present[:, day, slot].tolist(), block.suspect[:, day, slot].tolist()
    return [
        f'<measValue measObjLdn="{name}"><measResults>{" ".join(map(str, row))}</measResults>'
        f"{'<suspect>true</suspect>' if suspect else ''}</measValue>\n"
        for name, row, present, suspect in zip(names, rows, here, doubt, strict=True)
        if present
    ]


def _listed(row: list[int]) -> str:
    return "".join(f'<r p="{p}">{value}</r>' for p, value in enumerate(row, 1))


def _lte_values(block: Block, day: int, slot: int, names: list[str]) -> list[str]:
    rows = np.stack([block.counters[name][:, day, slot] for name in (*LTE_COUNTERS, *ANY_COUNTERS)], axis=1).tolist()
    here, doubt = block.present[:, day, slot].tolist(), block.suspect[:, day, slot].tolist()
    return [
        f'<measValue measObjLdn="{name}">{_listed(row)}{"<suspect>true</suspect>" if suspect else ""}</measValue>\n'
        for name, row, present, suspect in zip(names, rows, here, doubt, strict=True)
        if present
    ]


def write_pm_xml(folder: Path, period: Period, office_id: str, gsm: Block, lte: Block, day: int) -> tuple[str, int]:
    """Write one office-day of quarter-hours in the form of TS 32.435 and return the file's name and rows.

    GSM cells use measTypes with measResults, LTE cells measType with r; both are allowed by the standard.
    """
    begin = period.local((gsm.first_day + day) * DAY)
    end = begin + timedelta(days=1)
    name = f"D{begin:%Y%m%d}.0000+0800-{end:%Y%m%d}.0000+0800_DEMO{office_id}.xml"
    gsm_names = [f"ManagedElement={cell.site.site_id},GsmCell={cell.cell_id}" for cell in gsm.cells]
    lte_names = [f"ManagedElement={cell.site.site_id},EUtranCell={cell.cell_id}" for cell in lte.cells]
    types = " ".join(VENDOR_COUNTERS[counter] for counter in (*GSM_COUNTERS, *ANY_COUNTERS))
    of_lte = enumerate((*LTE_COUNTERS, *ANY_COUNTERS), 1)
    listed = "".join(f'<measType p="{p}">{VENDOR_COUNTERS[c]}</measType>' for p, c in of_lte)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- 演示数据，纯属虚构 / demonstration data, made up -->\n',
        f'<measCollecFile xmlns="{NAMESPACE}">\n',
        '<fileHeader fileFormatVersion="32.435 V16.0" vendorName="DEMO" dnPrefix="DC=demo.invalid">',
        f'<fileSender localDn="SubNetwork={office_id}" elementType="OMC"/>',
        f'<measCollec beginTime="{begin:%Y-%m-%dT%H:%M:%S}+08:00"/></fileHeader>\n',
        f'<measData><managedElement localDn="SubNetwork={office_id}" userLabel="演示网管"/>\n',
    ]
    for slot in range(gsm.present.shape[2]):
        stamp = begin + timedelta(seconds=(slot + 1) * gsm.period_s)
        gran = f'<granPeriod duration="PT{gsm.period_s}S" endTime="{stamp:%Y-%m-%dT%H:%M:%S}+08:00"/>'
        gran += f'<repPeriod duration="PT{DAY}S"/>'
        parts.append(f'<measInfo measInfoId="GsmCell"><job jobId="1"/>{gran}<measTypes>{types}</measTypes>\n')
        parts += _gsm_values(gsm, day, slot, gsm_names)
        parts.append(f'</measInfo>\n<measInfo measInfoId="EUtranCell"><job jobId="2"/>{gran}{listed}\n')
        parts += _lte_values(lte, day, slot, lte_names)
        parts.append("</measInfo>\n")
    parts.append(
        f'</measData>\n<fileFooter><measCollec endTime="{end:%Y-%m-%dT%H:%M:%S}+08:00"/></fileFooter>\n'
        "</measCollecFile>\n"
    )
    (folder / name).write_bytes("".join(parts).encode())
    return name, int(gsm.present[:, day].sum() + lte.present[:, day].sum())
