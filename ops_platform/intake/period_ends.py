"""Times that end a period, written in a cell as ISO 8601 writes them: ``PT900S/2026-03-01 08:15``, length and end.

So a cell that is set aside still says what it means, and is read in the same way when it is released.
"""

import pyarrow as pa
import pyarrow.compute as pc

_FORM = r"^PT(?P<length>\d{1,9})S/(?P<end>.*)$"


def label(ends: pa.Array, lengths: pa.Array) -> pa.Array:
    """Write before each time the length of the period that it ends.

    Parameters
    ----------
    ends
        Times as text, null where empty, shape (n,).
    lengths
        Seconds, whole, shape (n,); where one is not known, the text that results is no time.
    """
    lengths = pc.fill_null(lengths.cast(pa.string()), "?")
    return pc.binary_join_element_wise("PT", lengths, "S/", ends, "")


def split(text: pa.Array) -> tuple[pa.Array | None, pa.Array]:
    """Return the lengths as durations, zero where there is none, and the times; no lengths where no text has one."""
    parts = pc.extract_regex(text, _FORM)
    if parts.null_count == len(parts):
        return None, text
    lengths = pc.fill_null(pc.struct_field(parts, "length").cast(pa.int64()), 0).cast(pa.duration("s"))
    return lengths, pc.coalesce(pc.struct_field(parts, "end"), text)
