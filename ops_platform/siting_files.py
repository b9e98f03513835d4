"""A siting problem from CSV files: weak points and existing sites in, chosen sites or classes of points out."""

from pathlib import Path

import numpy as np
import pandas as pd

from geo.clusters import cluster
from geo.crs import Floats
from geo.siting import Choice, Goal, choose
from geo.siting_problem import Kind, Siting, of_discs
from ops_platform.errors import PermanentError

POINT_COLUMNS: dict[str, tuple[str, ...]] = {
    "x": ("x", "X"),
    "y": ("y", "Y"),
    "traffic": ("traffic", "业务量", "weight", "权重"),
}
SITE_COLUMNS: dict[str, tuple[str, ...]] = {"x": ("x", "X"), "y": ("y", "Y")}
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_points(file: Path) -> pd.DataFrame:
    """Return weak points: x, y and traffic, which is not negative.

    Raises
    ------
    PermanentError
        The file, a column or a value is not what it should be; the message names file, row and column.
    """
    points = _read(file, POINT_COLUMNS)
    _refuse(file, points, "traffic", points["traffic"] < 0, "负值 / negative")
    return points


def read_sites(file: Path) -> pd.DataFrame:
    """Return existing sites: x and y. Errors as for :func:`read_points`."""
    return _read(file, SITE_COLUMNS)


def kind_of(text: str) -> Kind:
    """Return the kind of site that ``name:radius:cost:spacing`` describes.

    Raises
    ------
    PermanentError
        The text has another form.
    """
    name, *numbers = text.split(":")
    try:
        radius, cost, spacing = (float(number) for number in numbers)
        return Kind(name, radius, cost, spacing)
    except ValueError:
        raise PermanentError(
            f"--type {text}: 应为 名称:半径:成本:间距 / must be name:radius:cost:spacing, as in macro:30:10:10"
        ) from None


def pose(points: pd.DataFrame, sites: pd.DataFrame, kinds: list[Kind], step: float) -> Siting:
    """Pose the problem with a place for a site at every step of a lattice over the points.

    A site beyond the points' rectangle covers no more than one on its rim.

    Raises
    ------
    PermanentError
        There is nothing to cover, or a kind or the step cannot be.
    """
    if not step > 0:
        raise PermanentError(f"--step {step}: 须为正数 / must be positive")
    try:
        return of_discs(points[["x", "y"]], points["traffic"], _lattice(points, step), kinds, sites[["x", "y"]])
    except ValueError as error:
        raise PermanentError(str(error)) from error


def cover(siting: Siting, goal: Goal, moves: int, seed: int) -> Choice:
    """Return the chosen sites.

    Raises
    ------
    PermanentError
        The target is out of reach.
    """
    try:
        return choose(siting, goal, moves=moves, seed=seed)
    except ValueError as error:
        raise PermanentError(str(error)) from error


def chosen_frame(points: pd.DataFrame, step: float, siting: Siting, choice: Choice) -> pd.DataFrame:
    """Return the chosen sites as rows: what each adds, costs, and all up to it."""
    places = _lattice(points, step)[choice.place]
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(places) + 1),
            "x": places[:, 0],
            "y": places[:, 1],
            "type": [siting.kinds[kind].name for kind in choice.kind],
            "cost": choice.cost,
            "traffic": choice.gain,
            "cost_so_far": choice.cost.cumsum(),
            "share_so_far": choice.gain.cumsum() / siting.demand,
        }
    )


def classes_frame(points: pd.DataFrame, distance: float) -> pd.DataFrame:
    """Return the points with their class, 0 the largest.

    Raises
    ------
    PermanentError
        The distance is not positive.
    """
    try:
        return points.assign(**{"class": cluster(points[["x", "y"]], distance)})
    except ValueError as error:
        raise PermanentError(f"--distance {distance}: {error}") from error


def _lattice(points: pd.DataFrame, step: float) -> Floats:
    """Places at every step over the points' rectangle; shape (places, 2)."""
    x, y = (np.arange(points[axis].min(), points[axis].max() + step / 2, step) for axis in ("x", "y"))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _read(file: Path, columns: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    table = _table(file).rename(columns=lambda name: str(name).strip())
    found = pd.DataFrame(index=table.index)
    for column, names in columns.items():
        there = [name for name in names if name in table.columns]
        if not there:
            raise PermanentError(
                f"{file}: 缺少列 / has no column {column} ({', '.join(names)}), 有 / but {', '.join(table.columns)}"
            )
        found[column] = pd.to_numeric(table[there[0]], errors="coerce")
        _refuse(file, table, there[0], ~np.isfinite(found[column]), "不是数 / not a number")
    return found.astype(np.float64)


def _table(file: Path) -> pd.DataFrame:
    for encoding in _ENCODINGS:
        try:
            return pd.read_csv(file, encoding=encoding, dtype=str, keep_default_na=False)
        except UnicodeDecodeError:
            continue
        except pd.errors.ParserError as error:
            raise PermanentError(f"{file}: 不是 CSV / is no CSV: {error}") from error
        except pd.errors.EmptyDataError as error:
            raise PermanentError(f"{file}: 空文件 / is empty") from error
    raise PermanentError(f"{file}: 编码须为 UTF-8 或 GB18030 / must be UTF-8 or GB18030")


def _refuse(file: Path, table: pd.DataFrame, column: str, wrong: pd.Series, why: str) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        value = table[column].iloc[first]
        raise PermanentError(
            f"{file}: 第 {first + 2} 行 / row {first + 2}, {column} = {value}: {why} ({int(wrong.sum())} 行 / rows)"
        )
