"""Units of measure: how vendors spell them, and conversion to the unit of a contract's column.

A table and not a library: texts spell units in any case, in Chinese and in full width, and decibels, temperatures and
traffic (1 Erl for one hour is 3600 channel-seconds) each have a rule of their own.
"""

import re
import unicodedata
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column
from ops_platform.errors import PermanentError
from ops_platform.intake.words import both


@dataclass(frozen=True)
class _Unit:
    """``base = factor * value + offset``, and for decibels ``base = factor * 10 ** (value / 10)``."""

    factor: float
    offset: float = 0.0
    decibels: bool = False


_TABLE: dict[str, dict[str, _Unit]] = {
    "time": {
        "ms 毫秒": _Unit(0.001),
        "s sec secs second seconds 秒": _Unit(1),
        "min mins minute minutes 分 分钟": _Unit(60),
        "h hr hrs hour hours 时 小时": _Unit(3600),
        "d day days 天 日": _Unit(86_400),
        "wk week weeks 周": _Unit(604_800),
    },
    "power": {
        "mW 毫瓦": _Unit(0.001),
        "W watt watts 瓦": _Unit(1),
        "kW 千瓦": _Unit(1000),
        "dBm": _Unit(0.001, decibels=True),
    },
    # 1024, as the operators' management systems and reports count: 1 GB of daily traffic is 1024 MB.
    "data": {
        "B byte bytes 字节": _Unit(1),
        "KB KiB": _Unit(1024),
        "MB MiB": _Unit(1024**2),
        "GB GiB": _Unit(1024**3),
        "TB TiB": _Unit(1024**4),
    },
    "length": {
        "mm 毫米": _Unit(0.001),
        "cm 厘米": _Unit(0.01),
        "m metre metres meter meters 米": _Unit(1),
        "km 公里 千米": _Unit(1000),
        "ft feet foot 英尺": _Unit(0.3048),
    },
    "frequency": {"Hz 赫兹": _Unit(1), "kHz": _Unit(1e3), "MHz 兆赫": _Unit(1e6), "GHz": _Unit(1e9)},
    "voltage": {"mV 毫伏": _Unit(0.001), "V volt volts 伏": _Unit(1), "kV 千伏": _Unit(1000)},
    "current": {"mA 毫安": _Unit(0.001), "A amp amps 安": _Unit(1)},
    "charge": {"mAh": _Unit(0.001), "Ah 安时": _Unit(1)},
    "volume": {"mL 毫升": _Unit(0.001), "L litre litres liter liters 升": _Unit(1)},
    "energy": {"Wh 瓦时": _Unit(0.001), "kWh 千瓦时 度": _Unit(1), "MWh": _Unit(1000)},
    "temperature": {"°C ℃ C 摄氏度 度": _Unit(1), "°F ℉ F 华氏度": _Unit(5 / 9, -160 / 9)},
    "traffic": {"channel-seconds chs 信道秒": _Unit(1), "Erl erlang erlangs 爱尔兰": _Unit(3600)},
    "share": {"% pct": _Unit(1), "ratio": _Unit(100)},
    "angle": {"° deg degrees 度": _Unit(1), "°WGS-84": _Unit(1)},
}
_UNCLEAR = {"MW", "MV", "Kb", "kb", "Mb", "Gb", "Tb"}
"""Spellings that mean another unit if their case is taken at its word: megawatt, megavolt, bits."""


def _narrow(unit: str) -> str:
    return "".join(unicodedata.normalize("NFKC", unit).split())


_SPELLED: dict[str, dict[str, _Unit]] = {
    dimension: {_narrow(name).casefold(): unit for names, unit in entries.items() for name in names.split()}
    for dimension, entries in _TABLE.items()
}
_LONGEST = 2 * max(len(name) for names in _SPELLED.values() for name in names)
"""No ending of a header that is longer, blanks included, is a unit."""


def convert(values: pa.Array, from_unit: str, to_unit: str) -> pa.Array:
    """Convert values from one unit to another of the same kind.

    Parameters
    ----------
    values
        Numbers, shape (n,).
    from_unit, to_unit
        Spellings such as ``W``, ``dBm``, ``小时``; case, width and blanks do not matter.

    Returns
    -------
    pyarrow.Array
        float64, shape (n,), null where there is none: no power at all has no decibels.

    Raises
    ------
    PermanentError
        If a unit is unknown or the two measure different things.
    """
    pair = _pair(from_unit, to_unit)
    if pair is None:
        raise PermanentError(
            both(
                f"单位 {from_unit!r} 不能换算为 {to_unit!r}，可用的单位：{_known()}",
                f"unit {from_unit!r} cannot be converted to {to_unit!r}; the known ones are: {_known()}",
            )
        )
    start, end = pair
    numbers = values.cast(pa.float64())
    if start == end:
        return numbers
    base = pc.multiply(start.factor, pc.power(10.0, pc.divide(numbers, 10.0)) if start.decibels else numbers)
    scaled = pc.divide(pc.subtract(pc.add(base, start.offset), end.offset), end.factor)
    result = pc.multiply(10.0, pc.log10(scaled)) if end.decibels else scaled
    return pc.if_else(pc.is_finite(result), result, pa.scalar(None, pa.float64()))


def convertible(from_unit: str, to_unit: str) -> bool:
    """Return whether `convert` knows the way from one unit to the other."""
    return _pair(from_unit, to_unit) is not None


def into(values: pa.Array, units: pa.Array, to_unit: str) -> pa.Array:
    """Convert values that each carry their own unit, null where the unit is not known or measures something else.

    Parameters
    ----------
    values
        float64, shape (n,).
    units
        The unit as text, shape (n,).
    to_unit
        Unit of the result; empty: no unit at all is accepted.
    """
    result = pa.nulls(len(values), pa.float64())
    for unit in pc.unique(units).to_pylist():
        if unit is not None and convertible(unit, to_unit):
            result = pc.if_else(pc.equal(units, unit), convert(values, unit, to_unit), result)
    return result


def label(cells: pa.Array, unit: str | pa.Array) -> pa.Array:
    """Write a unit after each number that has none, so that the cell still says what it means when it is set aside.

    Parameters
    ----------
    cells
        Text, shape (n,).
    unit
        The unit of the column; or of each row (小区功率（华为W，中兴DBM）), shape (n,), null where a number stays bare.

    Returns
    -------
    pyarrow.Array
        Text, shape (n,), to be converted by `values.convert` to the unit of the column.
    """
    bare = pc.match_substring_regex(pc.utf8_trim_whitespace(cells), r"^[+\-－−]?[\d０-９.,，．' ]*[\d０-９][.,]?$")
    units = pa.repeat(pa.scalar(unit, pa.string()), len(cells)) if isinstance(unit, str) else unit
    return pc.coalesce(pc.if_else(bare, pc.binary_join_element_wise(cells, units, " "), cells), cells)


def known(unit: str) -> bool:
    """Return whether a text is the name of a unit and of nothing else."""
    spelled = _narrow(unit)
    folded = spelled.casefold()
    return bool(spelled) and spelled not in _UNCLEAR and any(folded in names for names in _SPELLED.values())


def in_header(header: str) -> str:
    """Return the unit that a header says in brackets or at its end, as 发电时长（小时） does; empty where none."""
    text = unicodedata.normalize("NFKC", header).strip()
    brackets = re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)
    first = max(1, len(text) - _LONGEST)
    endings = [text[at:] for at in range(first, len(text)) if not (text[at - 1].isascii() and text[at - 1].isalpha())]
    return next((found.strip() for found in (*reversed(brackets), *endings) if known(found)), "")


def of(column: Column) -> str:
    """Return the unit of a column: what its contract says, or else the ending of its name; empty where it has none."""
    if column.unit:
        return column.unit
    _, _, ending = column.name.rpartition("_")
    known = any(ending in spelled for spelled in _SPELLED.values())
    return ending if known and ending != column.name else ""


def is_time(unit: str) -> bool:
    """Return whether a unit measures time."""
    return convertible(unit, "s")


def is_degrees(unit: str) -> bool:
    """Return whether a unit is that of geographic coordinates."""
    return _narrow(unit).startswith("°WGS")


def _pair(from_unit: str, to_unit: str) -> tuple[_Unit, _Unit] | None:
    """Return two units of one kind; None where there is no such pair. A unit outside the table is only itself."""
    start, end = _narrow(from_unit), _narrow(to_unit)
    if not start or not end:
        return None
    if start in _UNCLEAR or end in _UNCLEAR:
        return None
    for spelled in _SPELLED.values():
        if start.casefold() in spelled and end.casefold() in spelled:
            return spelled[start.casefold()], spelled[end.casefold()]
    return (_Unit(1), _Unit(1)) if start.casefold() == end.casefold() else None


def _known() -> str:
    return ", ".join(names.split()[0] for entries in _TABLE.values() for names in entries)
