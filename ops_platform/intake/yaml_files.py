"""YAML files that people write for the platform."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


def said(problem: Mapping[str, Any]) -> str:
    """Return what pydantic says of one mistake, without its own preface."""
    return str(problem["msg"]).removeprefix("Value error, ")


def documents(file: Path) -> list[Any]:
    """Return the documents of a file, every value as text.

    In YAML a bare ``no``, ``2026-01-01`` or ``67179329`` is no text, but here it means what it says.

    Raises
    ------
    ValueError
        If it is no YAML in UTF-8.
    """
    try:
        return [entry for entry in yaml.load_all(file.read_text(encoding="utf-8"), yaml.BaseLoader) if entry]
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error
