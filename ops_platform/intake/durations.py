"""Durations as people and systems write them: 6天17时33分, 49:04:10, PT15M; and as operators read them."""

import pyarrow as pa
import pyarrow.compute as pc

_AMOUNT = r"\d+(?:\.\d+)?"
_SPELLED = (
    r"(?i)^(?P<over>超时|已超|超|-)?\s*"
    rf"(?:(?P<d>{_AMOUNT})\s*(?:天|日|days?|d))?[\s,]*"
    rf"(?:(?P<h>{_AMOUNT})\s*(?:小时|时|hours?|hrs?|h))?\s*"
    rf"(?:(?P<min>{_AMOUNT})\s*(?:分钟|分|minutes?|mins?|m))?\s*"
    rf"(?:(?P<s>{_AMOUNT})\s*(?:秒|seconds?|secs?|s))?$"
)
_CLOCK = (
    r"(?i)^(?P<over>超时|已超|超|-)?\s*(?:(?P<d>\d+)\s*(?:天|日|days?|d)[\s,]*)?"
    r"(?P<h>\d+):(?P<min>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)$"
)
_ISO = (
    rf"^(?P<over>-)?P(?:(?P<d>{_AMOUNT})D)?"
    rf"(?:T(?:(?P<h>{_AMOUNT})H)?(?:(?P<min>{_AMOUNT})M)?(?:(?P<s>{_AMOUNT})S)?)?$"
)
_SECONDS = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "s": 1.0}


def seconds(text: pa.Array) -> pa.Array:
    """Return how long each text says.

    Parameters
    ----------
    text
        Trimmed, shape (n,).

    Returns
    -------
    pyarrow.Array
        float64 seconds, shape (n,), null where the text is no duration. 超 (over by) is negative, as the remaining time
        of an order that is overdue; hh:mm:ss may grow past a day, and hh:mm, which may be mm:ss, is not understood.
    """
    spelled, clock, iso = (_read(text, pattern) for pattern in (_SPELLED, _CLOCK, _ISO))
    return pc.coalesce(spelled, clock, iso)


def spelled(amounts: pa.Array) -> pa.Array:
    """Return durations in the style of work orders: 6天17时33分, 5天, 0分, and 超44天6时36分 where they are negative.

    Parameters
    ----------
    amounts
        Seconds, shape (n,).

    Returns
    -------
    pyarrow.Array
        Text, shape (n,), null where the duration is: whole minutes, what is over a minute left out. `seconds` reads it.
    """
    whole = pc.cast(pc.abs(amounts), pa.int64(), safe=False)
    rest = pc.divide(whole, 60)
    parts = []
    for minutes, unit in ((1440, "天"), (60, "时"), (1, "分")):
        number = pc.divide(rest, minutes)
        rest = pc.subtract(rest, pc.multiply(number, minutes))
        parts.append(
            pc.if_else(pc.equal(number, 0), "", pc.binary_join_element_wise(number.cast(pa.string()), unit, ""))
        )
    text = pc.binary_join_element_wise(*parts, "")
    over = pc.if_else(pc.less(amounts, 0), "超", "")
    return pc.binary_join_element_wise(over, pc.if_else(pc.equal(text, ""), "0分", text), "")


def _read(text: pa.Array, pattern: str) -> pa.Array:
    parts = pc.extract_regex(text, pattern)
    total = pa.repeat(0.0, len(text))
    said = pa.repeat(pa.scalar(value=False), len(text))
    for name, factor in _SECONDS.items():
        amount = pc.struct_field(parts, name)
        written = pc.fill_null(pc.not_equal(amount, ""), fill_value=False)
        said = pc.or_(said, written)
        total = pc.add(total, pc.multiply(pc.if_else(written, amount, "0").cast(pa.float64()), factor))
    over = pc.fill_null(pc.not_equal(pc.struct_field(parts, "over"), ""), fill_value=False)
    return pc.if_else(said, pc.if_else(over, pc.negate(total), total), pa.scalar(None, pa.float64()))
