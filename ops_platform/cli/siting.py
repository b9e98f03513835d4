"""The family of commands ``ops siting``: where sites should stand, and classes of weak points, from CSV files."""

import argparse
import time
from pathlib import Path

from ops_platform.errors import PermanentError

PUBLISHED_TYPES = ("macro:30:10:10", "micro:10:1:10")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the family to the command line."""
    siting = commands.add_parser("siting", help="choose places for new sites from CSV files")
    family = siting.add_subparsers(required=True)
    solve = family.add_parser("solve", help="cover a share of the traffic at least cost, or most of it in a budget")
    solve.add_argument("points", type=Path, help="CSV of weak points: x, y, traffic")
    solve.add_argument("--sites", type=Path, help="CSV of existing sites: x, y; they keep their distance")
    solve.add_argument(
        "--type",
        action="append",
        dest="types",
        metavar="NAME:RADIUS:COST:SPACING",
        help=f"a kind of site; by default {' and '.join(PUBLISHED_TYPES)}",
    )
    solve.add_argument("--cover", type=float, default=0.9, help="share of the traffic to be covered; 0.9 unless said")
    solve.add_argument("--budget", type=float, help="cover most traffic for so much instead")
    solve.add_argument("--count", type=int, help="cover most traffic with so many sites instead")
    solve.add_argument("--step", type=float, default=1.0, help="sites may stand at every step of this length")
    solve.add_argument("--moves", type=int, default=3000, help="moves tried for every site; more are slower and better")
    solve.add_argument("--seed", type=int, default=0)
    solve.add_argument("--certify", type=float, metavar="SECONDS", help="let HiGHS bound the optimum for so long")
    solve.add_argument("--out", type=Path, required=True, help="CSV of the chosen sites")
    solve.set_defaults(run=_solve)
    classes = family.add_parser("cluster", help="put weak points into classes by distance")
    classes.add_argument("points", type=Path, help="CSV of weak points: x, y, traffic")
    classes.add_argument("--distance", type=float, default=20.0, help="points so near are of one class")
    classes.add_argument("--out", type=Path, required=True, help="CSV of the points with their class")
    classes.set_defaults(run=_cluster)


def _solve(options: argparse.Namespace) -> None:
    import pandas as pd  # noqa: PLC0415

    from geo.siting import Goal  # noqa: PLC0415
    from geo.siting_bound import certify  # noqa: PLC0415
    from ops_platform import siting_files as files  # noqa: PLC0415

    if not 0 < options.cover <= 1:
        raise PermanentError(f"--cover {options.cover}: 须在 0 与 1 之间 / must lie between 0 and 1")
    points = files.read_points(options.points)
    sites = files.read_sites(options.sites) if options.sites else pd.DataFrame({"x": [], "y": []})
    start = time.perf_counter()
    siting = files.pose(points, sites, [files.kind_of(text) for text in options.types or PUBLISHED_TYPES], options.step)
    most = options.budget is not None or options.count is not None
    goal = Goal(
        target=float("inf") if most else options.cover * siting.demand,
        budget=float("inf") if options.budget is None else options.budget,
        count=options.count,
    )
    choice = files.cover(siting, goal, options.moves, options.seed)
    seconds = time.perf_counter() - start
    rows = files.chosen_frame(points, options.step, siting, choice)
    rows.to_csv(options.out, index=False)
    kinds = "，".join(f"{name} {count:,}" for name, count in rows["type"].value_counts().sort_index().items())
    share = choice.covered / siting.demand
    print(f"新站 Sites: {len(rows):,} ({kinds})  成本 cost: {choice.spent:,.10g}")
    print(f"覆盖业务量 Traffic covered: {share:.4%}  用时 time: {seconds:.1f} s")
    if options.certify is not None:
        found = certify(siting, goal, choice, seconds=options.certify)
        if found is None:
            print("问题过大，未求界 Too large for HiGHS: no bound")
        else:
            ended = "最优 optimum" if found.proven else "界 bound"
            print(f"HiGHS {ended}: {found.bound:,.2f}  至少达到最优的 at least {found.share:.2%} of the optimum")
    print(options.out)


def _cluster(options: argparse.Namespace) -> None:
    from ops_platform import siting_files as files  # noqa: PLC0415

    rows = files.classes_frame(files.read_points(options.points), options.distance)
    rows.to_csv(options.out, index=False)
    sizes = rows["class"].value_counts()
    largest = int(sizes.iloc[0]) if len(sizes) else 0
    print(f"{len(rows):,} 点 points, {len(sizes):,} 类 classes, 最大 largest {largest:,}")
    print(options.out)
