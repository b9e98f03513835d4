"""What targets would be after a file of them, which is not loaded for it."""

from pathlib import Path

import pandas as pd

from ops_platform.contracts.service import ROLE_TARGETS, TARGETS
from ops_platform.errors import PermanentError
from ops_platform.intake.explain import explain
from ops_platform.platform import Platform

_MOST_ROWS = 100_000


def after_file(platform: Platform, file: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return targets and role targets as they would be after a file.

    Raises
    ------
    PermanentError
        If the file, or one of its rows, would be refused, or it holds anything else; names what is wrong.
    """
    rows: dict[str, list[dict[str, object]]] = {TARGETS.name: [], ROLE_TARGETS.name: []}
    wrong = []
    for part in explain(file, platform, _MOST_ROWS):
        if isinstance(part, PermanentError):
            wrong.append(str(part))
        elif part.feed.name not in rows:
            wrong.append(f"{part.sheet}：不是目标，是 {part.feed.zh} / no targets but {part.feed.en}")
        else:
            rows[part.feed.name] += part.rows
            wrong += [f"{part.sheet} {line}: {reason}" for reason, _count, line in part.findings]
    if wrong:
        raise PermanentError("\n".join([file.name, *wrong]))
    found = []
    for contract in (TARGETS, ROLE_TARGETS):
        now = platform.facts.whole(contract.name)
        new = pd.DataFrame(rows[contract.name], columns=contract.schema.names)
        both = pd.concat([frame for frame in (now, new) if len(frame)]) if len(now) + len(new) else now
        found.append(both.drop_duplicates(list(contract.key), keep="last", ignore_index=True))
    return found[0], found[1]
