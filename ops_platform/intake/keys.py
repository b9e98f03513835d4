"""Order-preserving codes of composite keys: what duplicates, corrections and sorting are found by."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_CODE_LIMIT = 2**62


def key_codes(columns: Sequence[pa.ChunkedArray]) -> npt.NDArray[np.int64]:
    """Return one integer per row that orders and equates rows as their key columns do.

    Parameters
    ----------
    columns
        The key columns, most significant first, without nulls, each of shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,). Equal codes mean equal keys; a smaller code means a smaller key.
    """
    total = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        codes, cardinality = _column_codes(column)
        if size * max(cardinality, 1) > _CODE_LIMIT:
            distinct, total = np.unique(total, return_inverse=True)
            size = len(distinct)
        total = total * cardinality + codes
        size *= max(cardinality, 1)
    return total


def last_of_each(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the position of the last row of each key, in key order."""
    order = np.argsort(codes, kind="stable")
    sorted_codes = codes[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = sorted_codes[1:] != sorted_codes[:-1]
    return np.asarray(order[last], dtype=np.int64)


def _column_codes(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], int]:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = array.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    return rank[indices], len(order)
