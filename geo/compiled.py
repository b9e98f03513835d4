"""Compile functions of numbers and arrays."""

from typing import Any

import numba

_OPTIONS = {"nogil": True, "error_model": "numpy"}
"""Without the interpreter's lock; a division by zero is infinite."""


def compiled(function: Any) -> Any:
    """Compile with numba; every process compiles anew, in about a second."""
    return numba.njit(**_OPTIONS)(function)


def kept(function: Any, **options: bool) -> Any:
    """Compile with numba, and keep the machine code beside the source.

    Numba renews the kept code when the function's own file changes, and only then: a function so kept calls no compiled
    function of another file and uses no constant of one. Where neither the source's folder nor a home can be written (a
    locked-down container), nothing is kept.
    """
    try:
        return numba.njit(cache=True, **_OPTIONS, **options)(function)
    except RuntimeError:
        return numba.njit(**_OPTIONS, **options)(function)


def lent(function: Any) -> Any:
    """Compile and keep a function that makes no array and returns none.

    It does not count who holds the arrays that it is lent, as numba's code else does wherever one is named: that costs
    more than looks at dozens of their elements. Numba does not document the option, and refuses a function that makes
    an array.
    """
    return kept(function, _nrt=False)


def part(function: Any) -> Any:
    """Set a function into those compiled functions that call it: one that takes many arrays is slow to call."""
    return numba.njit(inline="always", **_OPTIONS)(function)
