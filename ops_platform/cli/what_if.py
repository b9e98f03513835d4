"""The command ``ops what-if``: what an office would score, and where it would stand, were some values others."""

import argparse

from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("what-if", help="tell scores and ranks of a month were some values others")
    parser.add_argument("assumed", nargs="+", metavar="KPI=VALUE", help="for instance generator_timeliness=98")
    parser.add_argument("--month", required=True, help="YYYY-MM")
    parser.add_argument("--office", required=True, help="whose values they are (office_id)")
    parser.set_defaults(run=_what_if)


def _what_if(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.kpi.change import judged, what_if  # noqa: PLC0415
    from ops_platform.reporting.what_if import what_if_table  # noqa: PLC0415

    facts = Platform(Settings()).facts
    rows = judged(facts, options.month)
    if options.office not in set(rows["office_id"]):
        raise PermanentError(
            f"{options.month} 没有单位 {options.office} 的考核表 / no scorecard of {options.office} in {options.month}"
        )
    assumed = {(options.office, kpi): value for kpi, value in map(_pair, options.assumed)}
    then = what_if(rows, assumed)
    Console().print(what_if_table(then, facts.whole("offices"), f"{options.month} · {' '.join(options.assumed)}"))


def _pair(text: str) -> tuple[str, float]:
    """Return KPI and value of what was typed.

    Raises
    ------
    PermanentError
        If it is not a KPI, an equals sign and a number.
    """
    from ops_platform.kpi.explain import kpi_of  # noqa: PLC0415

    name, _, value = text.partition("=")
    try:
        return kpi_of(name).id, float(value)
    except ValueError:
        raise PermanentError(f"{text}: 应写作 指标=数值 / write KPI=VALUE, such as generator_timeliness=98") from None
