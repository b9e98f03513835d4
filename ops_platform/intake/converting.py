"""What the readers of one column share: the problems a cell may have, its trimmed text, and whether it says nothing."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.intake.words import MISSING


class Problem(IntEnum):
    """What may be wrong with one cell; 0 is nothing."""

    NONE = 0
    TYPE = 1
    BOUNDS = 2
    VOCABULARY = 3
    REFERENCE = 4
    MISSING = 5
    PERIOD = 6
    AMBIGUOUS = 7
    NONEXISTENT = 8
    FORMULA = 9


Problems = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


def tidy(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return trimmed text and whether each value says that there is none."""
    trimmed = pc.utf8_trim_whitespace(text)
    return trimmed, pc.is_in(pc.utf8_upper(trimmed), pa.array(MISSING))


def tidy_narrow(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the same as `tidy`, with full-width digits, letters and signs made narrow: 12．5％ is 12.5%."""
    if not pc.all(pc.string_is_ascii(text)).as_py():
        # The typographic minus is the one sign that compatibility normalisation leaves alone.
        text = pc.replace_substring(pc.utf8_normalize(text, "NFKC"), "−", "-")
    return tidy(text)


def where(good: pa.Array, values: pa.Array) -> pa.Array:
    """Return the values, null where they are not good."""
    return pc.if_else(good, values, pa.scalar(None, values.type))


def mask(flags: pa.Array) -> Flags:
    """Return flags as numpy's, null as False."""
    return np.asarray(pc.fill_null(flags, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def as_problems(wrong: pa.Array, problem: Problem) -> Problems:
    """Return the problem where a value is wrong and nothing elsewhere."""
    return np.where(mask(wrong), np.uint8(problem), np.uint8(0)).astype(np.uint8)


def has_text(cells: pa.Array) -> bool:
    """Return whether any cell of an array that is no slice holds text."""
    return cells.buffers()[2] is not None and cells.buffers()[2].size > 0


def has_byte(cells: pa.Array, *characters: str) -> bool:
    """Return whether the text may hold one of these ASCII characters, looking at its bytes at once.

    The buffer of a slice holds more than the slice: True may be wrong, False never is.
    """
    buffer = cells.buffers()[2]
    if buffer is None:
        return False
    data = np.frombuffer(buffer, dtype=np.uint8)
    return any(bool((data == ord(character)).any()) for character in characters)
