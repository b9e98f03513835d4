"""Which cells are worst cells, by every rule of the policy: on the month's busy hours, on days, on hours.

A rule compares integers, so that every engine decides alike. What is not known meets no rule.
"""

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS, RULE_COUNTERS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.definition import when
from ops_platform.kpi.partials import Partials, mark_of
from ops_platform.policy.cells import CellRule, WorstCellPolicy

GSM = "GSM"
INTEGER = dt.Int64()
BAD_HOURS = {"cell_id": pa.string(), "day_on": pa.date32(), "rule": pa.string(), "index": pa.int64()}
OF_CELL = ("cell_id", "site_id", "office_id", "staff_id", "technology")


def flag_of(rule: CellRule) -> str:
    """Return the name of the column that tells whether a cell meets a rule."""
    return f"rule_{rule.id}"


def month_of_cells(
    engine: ibis.BaseBackend, facts: Facts, register: CellRegister, keys: Sequence[str], policy: WorstCellPolicy
) -> ir.Table:
    """Return the `cell_months` of the stored days of a month, kept until one of them, a rule or a register changes."""
    warehouse = facts.warehouse

    def bad(days: Sequence[str]) -> ir.Table:
        return bad_hours(warehouse.table(engine, CELL_HOURS, days), register.cell_days(engine, days), policy)

    if not warehouse.embedded or not keys:
        return cell_months(register.cell_days(engine, keys), bad(keys), policy)
    rules = [rule.model_dump_json() for rule in _of_hours(policy)]
    made_of = register.made_of([CELL_DAYS, CELL_HOURS], keys, *rules)

    def computed() -> pa.Table:
        hours = Partials(warehouse, "bad_hours").made_by_day(made_of, lambda days: engine.to_pyarrow(bad(days)))
        months = cell_months(register.cell_days(engine, keys), ibis.memtable(pa.concat_tables(hours)), policy)
        return engine.to_pyarrow(months)

    mark = mark_of((), policy.model_dump_json(), *made_of.values())
    return ibis.memtable(Partials(warehouse, "cell_months").made(keys[0][:7], mark, computed))


def cell_months(cell_days: ir.Table, bad: ir.Table, policy: WorstCellPolicy) -> ir.Table:
    """Return one row per GSM cell: its month's busy-hour sums, which rules it meets, and whether it is a worst cell.

    Parameters
    ----------
    cell_days
        The cell days of one month, as `ops_platform.kpi.cell_register.CellRegister` gives them.
    bad
        The `bad_hours` of that month.

    Returns
    -------
    ibis.expr.types.Table
        The cell's columns, ``first_on``, ``days`` (of which all counters are known), ``suspect_days``,
        ``missing_days``, ``rated_days`` (that have a drop rate), ``within_days`` (of these, within the daily limit),
        ``within_often`` (on enough of them), ``channel_days``, the sums of `RULE_COUNTERS`, a flag for each rule
        (`flag_of`), and
        ``worst``, the flag of the selected rule.
    """
    cell_days = cell_days.filter(cell_days.technology == GSM)
    known = _known(cell_days)
    summed: Callable[[ir.Value], ir.Value] = lambda value: (when(known) * value.fill_null(0)).sum().cast(INTEGER)  # noqa: E731
    starts = cell_days.busy_tch_seizures + cell_days.busy_handovers_in
    rated = cell_days.busy_drops.notnull() & (starts > 0)
    within = rated & (cell_days.busy_drops * 100_000 <= _mille(policy.daily_drop_limit_pct) * starts)
    months = cell_days.group_by(*OF_CELL).agg(
        rated_days=when(rated).sum().cast(INTEGER),
        within_days=when(within).sum().cast(INTEGER),
        first_on=cell_days.day_on.truncate("M").min(),
        days=when(known).sum().cast(INTEGER),
        suspect_days=when(cell_days.suspect_s > 0).sum().cast(INTEGER),
        missing_days=when(~known).sum().cast(INTEGER),
        channel_days=summed(cell_days.channels),
        **{name: summed(cell_days[f"busy_{name}"]) for name in RULE_COUNTERS},
    )
    months = months.mutate(
        within_often=months.within_days * 100_000 >= _mille(policy.daily_share_pct) * months.rated_days
    )
    for rule in policy.rules:
        if rule.judged == "month":
            months = months.mutate(**{flag_of(rule): meets(months, rule)})
        else:
            times = _bad_days(cell_days, rule) if rule.judged == "day" else bad.filter(bad.rule == rule.id)
            met = _often_enough(times, rule).mutate(met=True)
            months = months.left_join(met, "cell_id").drop("cell_id_right")
            months = months.mutate(**{flag_of(rule): months.met.fill_null(ibis.literal(value=False))}).drop("met")
    return months.mutate(worst=months[flag_of(policy.rule)])


def bad_hours(cell_hours: ir.Table, cell_days: ir.Table, policy: WorstCellPolicy) -> ir.Table:
    """Return the hours of GSM cells that meet the rules which are judged by the hour.

    Returns
    -------
    ibis.expr.types.Table
        ``cell_id``, ``day_on``, ``rule`` and ``index``, the number of the hour.
    """
    of_day = cell_days.filter(cell_days.technology == GSM).select("cell_id", "day_on", channel_days="channels")
    found = []
    for rule in _of_hours(policy):
        # Few are over a rate: only their channels are looked up.
        hours = cell_hours.filter(_over_a_rate(cell_hours, rule)).inner_join(of_day, ["cell_id", "day_on"])
        hours = hours.mutate(days=ibis.literal(1, "int64"))
        index = hours.hour_number.cast(INTEGER)
        found.append(
            hours.filter(meets(hours, rule)).select("cell_id", "day_on", rule=ibis.literal(rule.id), index=index)
        )
    if not found:
        return ibis.memtable(pa.table({name: pa.array([], kind) for name, kind in BAD_HOURS.items()}))
    return ibis.union(*found) if len(found) > 1 else found[0]


def _of_hours(policy: WorstCellPolicy) -> list[CellRule]:
    return [rule for rule in policy.rules if rule.judged == "hour"]


def judged_days(cell_days: ir.Table, rule: CellRule) -> ir.Table:
    """Return the cell days of which a rule can be told, with their busy-hour sums and whether each is ``worst``.

    A cell day that lacks a counter, or of a cell without channels in the register, is left out: it is neither. A day is
    judged by its busy hour, whatever the rule is judged on.
    """
    known = cell_days.filter(cell_days.technology == GSM, _known(cell_days))
    days = known.mutate(
        days=ibis.literal(1, "int64"),
        channel_days=known.channels,
        **{name: known[f"busy_{name}"] for name in RULE_COUNTERS},
    )
    return days.mutate(worst=meets(days, rule))


def often_met(days: ir.Table, met: str, least: int) -> ir.Table:
    """Return the cells for which a flag of days from `judged_days` is set at least so often, with those days' sums.

    Returns
    -------
    ibis.expr.types.Table
        ``cell_id``, ``site_id``, ``met_days``, ``streak_days`` (of the cell's newest known days, how many in a row),
        ``since_on``, ``last_on``, ``enough_on`` (by which they were enough) and the counters.
    """
    calm_on = days.day_on.max(where=~days[met]).over(ibis.window(group_by="cell_id"))
    flagged = days.mutate(in_a_row=calm_on.isnull() | (days.day_on > calm_on)).filter(days[met])
    cells = flagged.group_by("cell_id", "site_id").agg(
        met_days=flagged.count(),
        streak_days=flagged.in_a_row.sum(),
        since_on=flagged.day_on.min(),
        last_on=flagged.day_on.max(),
        enough_on=flagged.day_on.collect().sort()[least - 1],
        **{name: flagged[name].sum() for name in RULE_COUNTERS},
    )
    return cells.filter(cells.met_days >= least).order_by("cell_id")


def meets(sums: ir.Table, rule: CellRule) -> ir.Value:
    """Tell of sums over so many busy hours (``days``, with ``channel_days`` channels) whether they meet a rule."""
    per_channel, gates = 3600 * sums.channel_days, []
    if rule.traffic_from_erl_per_channel is not None:
        gates.append(sums.traffic_chs * 1000 >= _mille(rule.traffic_from_erl_per_channel) * per_channel)
    if rule.traffic_to_erl_per_channel is not None:
        gates.append(sums.traffic_chs * 1000 <= _mille(rule.traffic_to_erl_per_channel) * per_channel)
    if rule.traffic_over_erl_per_channel is not None:
        gates.append(sums.traffic_chs * 1000 > _mille(rule.traffic_over_erl_per_channel) * per_channel)
    if rule.traffic_over_erl is not None:
        gates.append(sums.traffic_chs * 1000 > _mille(rule.traffic_over_erl) * 3600 * sums.days)
    if rule.drops_over is not None:
        gates.append(sums.drops > rule.drops_over * sums.days)
    if rule.seizures_over is not None:
        gates.append(sums.tch_seizures > rule.seizures_over * sums.days)
    return ibis.and_(*gates, _over_a_rate(sums, rule))


def _over_a_rate(sums: ir.Table, rule: CellRule) -> ir.BooleanValue:
    rates = []
    if rule.drop_over_pct is not None:
        starts = sums.tch_seizures + sums.handovers_in
        rates.append(sums.drops * 100_000 > _mille(rule.drop_over_pct) * starts)
    if rule.congestion_over_pct is not None:
        rates.append(sums.tch_overflows * 100_000 > _mille(rule.congestion_over_pct) * sums.tch_attempts)
    return ibis.or_(*rates)


def _mille(limit: float) -> int:
    return round(limit * 1000)


def _known(cell_days: ir.Table) -> ir.Value:
    """Tell whether everything that rules ask of a busy hour is known."""
    total = cell_days.channels
    for name in RULE_COUNTERS:
        total += cell_days[f"busy_{name}"]
    return total.notnull()


def _bad_days(cell_days: ir.Table, rule: CellRule) -> ir.Table:
    """Return ``cell_id`` and ``index``, a number of the day, of the days that meet a rule."""
    days = judged_days(cell_days, rule)
    index = days.day_on.cast("timestamp").epoch_seconds() // 86_400
    return days.filter(days.worst).select("cell_id", index=index.cast(INTEGER))


def _often_enough(bad: ir.Table, rule: CellRule) -> ir.Table:
    """Return the cells with enough rows in any stretch; a day or hour that is not known counts as not met."""
    stretch = ibis.range_window(preceding=rule.within - 1, following=0, group_by="cell_id", order_by="index")
    found = bad.mutate(times=bad.count().over(stretch))
    return found.filter(found.times >= rule.times).select("cell_id").distinct()
