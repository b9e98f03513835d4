"""Compile a function of numbers and arrays, once per machine."""

from typing import Any

import numba


def compiled(function: Any) -> Any:
    """Compile with numba, without the interpreter's lock, and keep the machine code beside the source.

    Numba renews the kept code when the function's own file changes, and only then: compiled functions that call each
    other, and the constants they use, stand in one file. Where neither the source's folder nor a home can be written
    (a locked-down container), nothing is kept and every process compiles anew.
    """
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)
