"""Cell counters by office: hours up to the last closed day but one, quarter-hours after; and their true sums.

Counters are drawn as whole arrays ``[cells, days, periods]``. What the truth needs (busy hours, sums, gaps) is taken
from the arrays as drawn; what is exported are the same arrays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops_platform.demo.books import Books, Row, SiteOutage
from ops_platform.demo.branch import Branch, Cell, Site
from ops_platform.demo.cell_signs import CAUSES, assign_stories, draw_data, draw_signs, draw_unavailable, packets
from ops_platform.demo.load_shift import shifted_load
from ops_platform.demo.period import DAY, HOUR
from ops_platform.demo.worst_rules import rules_met

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GSM_COUNTERS = ("traffic_chs", "tch_attempts", "tch_overflows", "tch_seizures", "handovers_in", "drops",
                "handovers_out_attempts", "handovers_out", "interference_samples", "interference_high_samples",
                "sdcch_attempts", "sdcch_overflows", "sdcch_seizures", "dl_volume_kbit", "dl_time_ms")  # fmt: skip
ASKED_OF_HOURS = ("drops", "tch_seizures", "handovers_in")
LTE_COUNTERS = ("rrc_attempts", "rrc_successes", "s1_attempts", "s1_successes", "erab_attempts", "erab_successes",
                "erab_releases", "erab_abnormal_releases", "erab_session_s", "dl_volume_kbit", "dl_time_ms",
                "prb_used", "prb_available")  # fmt: skip
ANY_COUNTERS = ("unavailable_auto_s", "unavailable_manual_s")
"""Of every technology."""
QUARTERS = 96
HOURS = 24
PROFILE = np.array([9, 6, 4, 4, 5, 9, 20, 42, 66, 82, 90, 88, 74, 70, 76, 82, 85, 88, 94, 100, 96, 76, 46, 22]) / 100.0
BAD_MONTH, IDLE_BELOW = 0.006, 0.1


@dataclass(frozen=True)
class Block:
    """An office's counters of one technology over some days.

    Attributes
    ----------
    cells
        The cells, in the order of the first axis.
    first_day
        Day index of the first day.
    period_s
        Seconds of one counting period.
    counters
        Counter name to whole numbers ``[cells, days, periods]``.
    present
        Whether a row exists ``[cells, days, periods]``.
    suspect
        Whether the row is marked suspect.
    """

    cells: list[Cell]
    first_day: int
    period_s: int
    counters: dict[str, Ints]
    present: Flags
    suspect: Flags


@dataclass(frozen=True)
class Profile:
    """What kind of cell each cell of one office and technology is."""

    load: Floats
    loss: Floats
    channels: Floats
    stories: Ints


def draw_profile(rng: np.random.Generator, cells: list[Cell], failure: float) -> Profile:
    """Draw how busy and how lossy each cell is: ordinary, idle, overloaded, badly covered."""
    count = len(cells)
    load = rng.uniform(0.18, 0.6, count)
    loss = rng.uniform(0.004, 0.011, count) * (1 + failure * 6)
    kind = rng.permutation(count)
    ends = np.cumsum([max(1, round(count * share)) for share in (0.06, 0.008 + failure / 4, 0.008 + failure / 4)])
    idle, full, weak = kind < ends[0], (kind >= ends[0]) & (kind < ends[1]), (kind >= ends[1]) & (kind < ends[2])
    load[idle], load[full] = rng.uniform(0.03, 0.07, int(idle.sum())), rng.uniform(0.86, 0.95, int(full.sum()))
    loss[weak] = rng.uniform(0.06, 0.09, int(weak.sum()))
    return Profile(load, loss, np.array([float(cell.channels or 0) for cell in cells]), assign_stories(weak))


def month_profile(rng: np.random.Generator, profile: Profile) -> Profile:
    """Return a month's variation: a few cells are badly covered or overloaded for this month only."""
    load, loss = profile.load.copy(), profile.loss.copy()
    draw = rng.random(len(load))
    loss[(draw < BAD_MONTH) & (load > IDLE_BELOW)] = 0.07
    load[(draw > 1 - BAD_MONTH) & (load > IDLE_BELOW)] = 0.9
    return Profile(load, loss, profile.channels, profile.stories)


def _traffic(rng: np.random.Generator, load: Floats, more: Floats, per_hour: int) -> Floats:
    days = more.shape[1]
    profile = np.repeat(PROFILE, per_hour)
    daily = 1 + 0.08 * np.sin(np.arange(days) * 2 * np.pi / 7)
    busy = load[:, None, None] * daily[None, :, None] * profile[None, None, :]
    noise = rng.standard_normal(busy.shape, dtype=np.float32) * np.float32(0.07) + 1
    return np.clip(busy * noise * more, 0.0, 0.97)


def _poisson(rng: np.random.Generator, mean: npt.NDArray[np.floating]) -> Ints:
    """Draw counts: normal where the mean is large, which is far quicker and here as good."""
    noise = rng.standard_normal(mean.shape, dtype=np.float32)
    counts = np.rint(mean + noise * np.sqrt(mean)).astype(np.int64)
    small = mean < 20  # noqa: PLR2004 - below, the normal curve would be visibly wrong
    counts[small] = rng.poisson(mean[small])
    whole: Ints = np.maximum(counts, 0)
    return whole


def _gsm(
    rng: np.random.Generator, signs: np.random.Generator, profile: Profile, more: Floats, per_hour: int
) -> dict[str, Ints]:
    share = _traffic(rng, profile.load, more, per_hour)
    seconds = HOUR / per_hour
    traffic = np.rint(share * profile.channels[:, None, None] * seconds).astype(np.int64)
    attempts = _poisson(rng, traffic / 52.0)
    overflows = np.minimum(attempts, _poisson(rng, attempts * (np.maximum(share - 0.7, 0.0) * 0.5 + 0.0006)))
    seizures = attempts - overflows
    handovers = _poisson(rng, seizures * 0.35)
    lossy = profile.loss[:, None, None] * (1 + np.maximum(share - 0.8, 0.0) * 12)
    drops = np.minimum(seizures, _poisson(rng, (seizures + handovers) * lossy))
    signalling = _poisson(rng, attempts * 2.6)
    blocked = np.minimum(signalling, _poisson(rng, signalling * (0.0008 + np.maximum(share - 0.75, 0.0) * 0.08)))
    return {
        "traffic_chs": traffic, "tch_attempts": attempts, "tch_overflows": overflows, "tch_seizures": seizures,
        "handovers_in": handovers, "drops": drops, "sdcch_attempts": signalling, "sdcch_overflows": blocked,
        "sdcch_seizures": signs.binomial(signalling - blocked, 0.99),
        **draw_signs(signs, profile.stories, seizures, per_hour), **packets(traffic, profile.channels),
    }  # fmt: skip


def _lte(
    rng: np.random.Generator, signs: np.random.Generator, profile: Profile, more: Floats, per_hour: int
) -> dict[str, Ints]:
    share = _traffic(rng, profile.load, more, per_hour)
    releases = _poisson(rng, share * 2_400 / per_hour)
    abnormal = np.minimum(releases, _poisson(rng, releases * (profile.loss[:, None, None] * 0.3)))
    available = np.full(share.shape, 100 * HOUR // per_hour, dtype=np.int64)
    used = np.rint(share * available).astype(np.int64)
    return {
        "erab_releases": releases, "erab_abnormal_releases": abnormal, "prb_used": used, "prb_available": available,
        **draw_data(signs, releases, used),
    }  # fmt: skip


def _presence(
    rng: np.random.Generator, branch: Branch, books: Books, cells: list[Cell], days: range, per_hour: int
) -> Flags:
    """Return which rows exist: the site in service, not down in the period, and the day not lost on the way."""
    periods = HOURS * per_hour
    seconds = DAY // periods
    present = np.ones((len(cells), len(days), periods), dtype=np.bool_)
    index: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        index.setdefault(cell.site.site_id, []).append(row)
        for column, day in enumerate(days):
            if not cell.site.live(day):
                present[row, column] = False
    lost = rng.random((len(cells), len(days))) < 0.001  # noqa: PLR2004 - one day in a thousand never arrives
    lost[0, len(days) // 2] = True
    present[lost] = False
    origin = days.start * DAY
    flat = present.reshape(len(cells), -1)
    for down in books.downs:
        rows = index.get(down.site.site_id)
        first, last = down.down - origin, (down.up or branch.period.moment) - origin
        if rows and last > 0 and first < len(days) * DAY:
            flat[rows, max(0, first // seconds) : -(-last // seconds)] = False
    return present


def draw_block(
    rng: np.random.Generator,
    signs: np.random.Generator,
    branch: Branch,
    books: Books,
    cells: list[Cell],
    profile: Profile,
    days: range,
    per_hour: int,
    pairs: list[tuple[SiteOutage, Site]],
) -> Block:
    """Draw the counters of cells of one technology over some days; of the pairs one takes the calls of the other."""
    more = shifted_load(pairs, cells, days, per_hour)
    if cells[0].technology == "GSM":
        counters = _gsm(rng, signs, profile, more, per_hour)
    else:
        counters = _lte(rng, signs, profile, more, per_hour)
    counters |= draw_unavailable(signs, (len(cells), len(days), HOURS * per_hour), HOUR // per_hour)
    present = _presence(rng, branch, books, cells, days, per_hour)
    suspect = rng.random(present.shape, dtype=np.float32) < 0.0004  # noqa: PLR2004 - a few rows in ten thousand
    suspect[-1, len(days) // 3, : suspect.shape[2] // 2] = True
    suspect[len(cells) // 2, len(days) // 3, :] = True
    suspect &= present
    for values in counters.values():
        values[suspect] = values[suspect] * 7 + 11
    return Block(cells, days.start, HOUR // per_hour, counters, present, suspect)


@dataclass(frozen=True)
class CellDays:
    """True sums of cells over days: per counter ``[cells, days]``, zero where there is no usable row.

    ``hours`` has the sums of what rules ask of single hours, ``[cells, days, hours]``.
    """

    hours: dict[str, Ints]
    busy: dict[str, Ints]
    whole: dict[str, Ints]
    usable: Flags
    suspect: Flags
    live: Flags
    received_s: Ints
    usable_s: Ints


def cell_days(block: Block) -> CellDays:
    """Sum a block to days and to each day's busy hour."""
    fine = block.present & ~block.suspect
    shape = (*fine.shape[:2], HOURS, HOUR // block.period_s)
    hours = {name: np.where(fine, values, 0).reshape(shape).sum(axis=3) for name, values in block.counters.items()}
    has_rows: Flags = np.logical_or.reduce(fine.reshape(shape), axis=3)
    ruling = "traffic_chs" if "traffic_chs" in hours else "prb_used"
    peak = np.where(has_rows, hours[ruling], -1).argmax(axis=2)[:, :, None]
    busy = {name: np.take_along_axis(values, peak, axis=2)[:, :, 0] for name, values in hours.items()}
    live = np.array(
        [[cell.site.live(block.first_day + day) for day in range(fine.shape[1])] for cell in block.cells],
        dtype=np.bool_,
    )
    return CellDays(
        {name: hours[name] for name in ASKED_OF_HOURS if name in hours},
        busy,
        {name: values.sum(axis=2) for name, values in hours.items()},
        np.logical_or.reduce(has_rows, axis=2),
        np.logical_or.reduce(block.suspect, axis=2),
        live.reshape(fine.shape[:2]),
        block.present.sum(axis=2) * block.period_s,
        fine.sum(axis=2) * block.period_s,
    )


def join_days(parts: list[CellDays]) -> CellDays:
    """Join consecutive days of the same cells."""
    if len(parts) == 1:
        return parts[0]
    return CellDays(
        {name: np.concatenate([part.hours[name] for part in parts], axis=1) for name in parts[0].hours},
        {name: np.concatenate([part.busy[name] for part in parts], axis=1) for name in parts[0].busy},
        {name: np.concatenate([part.whole[name] for part in parts], axis=1) for name in parts[0].whole},
        np.concatenate([part.usable for part in parts], axis=1),
        np.concatenate([part.suspect for part in parts], axis=1),
        np.concatenate([part.live for part in parts], axis=1),
        np.concatenate([part.received_s for part in parts], axis=1),
        np.concatenate([part.usable_s for part in parts], axis=1),
    )


def measure_gsm(
    books: Books, office_id: str, cells: list[Cell], month_start: int, days: CellDays, stories: Ints
) -> list[Row]:
    """Add the month's true sums of GSM cells; return those that meet a worst-cell rule, most drops first."""
    total = {name: values.sum(axis=1) for name, values in days.busy.items()}
    channels = np.array([cell.channels or 0 for cell in cells], dtype=np.int64)
    count = days.usable.sum(axis=1)
    starts = total["tch_seizures"] + total["handovers_in"]
    ratios = {
        "tch_drop_rate": (total["drops"], starts),
        "tch_drop_rate_without_handover": (total["drops"], total["tch_seizures"]),
        "tch_congestion": (total["tch_overflows"], total["tch_attempts"]),
        "sdcch_congestion": (total["sdcch_overflows"], total["sdcch_attempts"]),
        "channel_utilisation": (total["traffic_chs"], HOUR * channels * count),
    }
    whole = {name: values.sum(axis=1) for name, values in days.whole.items()}
    ratios["call_setup:sdcch"] = (total["sdcch_seizures"], total["sdcch_attempts"])
    ratios["call_setup:tch"] = (total["tch_seizures"], total["tch_attempts"])
    ratios["data_download_rate"] = (whole["dl_volume_kbit"], whole["dl_time_ms"])
    ratios["handover_success"] = (whole["handovers_out"], whole["handovers_out_attempts"])
    daily_starts = days.busy["tch_seizures"] + days.busy["handovers_in"]
    rated = daily_starts > 0
    within = (rated & (days.busy["drops"] * 100 <= 2 * daily_starts)).sum(axis=1)
    often, known = within * 10 >= 9 * rated.sum(axis=1), rated.any(axis=1)
    ratios["cell_q90"] = ((often & known).astype(np.int64), known.astype(np.int64))
    met = rules_met(channels, days)
    worst = met["e"]
    ratios["worst_cell_share"] = (worst.astype(np.int64), (count > 0).astype(np.int64))
    _add(books, office_id, cells, month_start, ratios, days)
    congested = total["tch_overflows"] * 100 > 2 * total["tch_attempts"]
    causes = np.where(congested, "congestion", np.array([CAUSES[int(story)] for story in stories]))
    named = [" ".join(rule for rule in met if met[rule][index]) for index in range(len(cells))]
    return [
        {
            "cell_id": cells[int(index)].cell_id,
            "rules": named[index],
            "worst": bool(worst[index]),
            "cause": str(causes[index]),
        }
        for index in np.argsort(-total["drops"], kind="stable")
        if named[index]
    ]


def daily_drop_rates(days: CellDays) -> Floats:
    """Return the drop rate of every busy hour in per cent ``[cells, days]``, nan where there were no calls."""
    starts = days.busy["tch_seizures"] + days.busy["handovers_in"]
    rates: Floats = np.divide(100.0 * days.busy["drops"], starts, out=np.full(starts.shape, np.nan), where=starts > 0)
    return rates


def drop_percentiles(rates: Floats) -> dict[str, float]:
    """Return the percentiles of percentiles of daily drop rates ``[cells, days]`` by which India's regulator judges."""
    over_days, over_cells = [_kept_by(90, cell) for cell in rates], [_kept_by(97, day) for day in rates.T]
    return {"qsd": _kept_by(90, over_days), "qtd": _kept_by(90, over_cells)}


def _kept_by(per_cent: int, values: "list[float] | Floats") -> float:
    """Return the smallest of some values that at least so many per cent of those that are known do not exceed."""
    known = sorted(value for value in values if not np.isnan(value))
    return float(next((value for rank, value in enumerate(known, 1) if rank * 100 >= per_cent * len(known)), np.nan))


def load_bands(used: Ints, available: Ints) -> list[str]:
    """Return the band of each cell's load over the month's busy hours; empty where nothing was available."""
    names = np.array(["idle", "watch", "normal", "expand_soon", "expand_now"])
    band = sum((used * 100 >= limit * available).astype(np.int64) for limit in (10, 20, 45, 80))
    return [str(name) if total else "" for name, total in zip(names[band], available, strict=True)]


def month_bands(cells: list[Cell], days: CellDays) -> list[Row]:
    """Return the true band of each cell's month."""
    if "traffic_chs" in days.busy:
        lines = np.array([cell.channels or 0 for cell in cells], dtype=np.int64)
        used, available = days.busy["traffic_chs"].sum(axis=1), HOUR * lines * days.usable.sum(axis=1)
    else:
        used, available = (days.busy[name].sum(axis=1) for name in ("prb_used", "prb_available"))
    bands = load_bands(used, available)
    return [{"cell_id": cell.cell_id, "band": band} for cell, band in zip(cells, bands, strict=True) if band]


def measure_lte(books: Books, office_id: str, cells: list[Cell], month_start: int, days: CellDays) -> None:
    """Add the month's true sums of LTE cells."""
    total = {name: values.sum(axis=1) for name, values in days.whole.items()}
    busy = {name: values.sum(axis=1) for name, values in days.busy.items()}
    ratios = {
        "erab_drop_rate": (total["erab_abnormal_releases"], total["erab_releases"]),
        "erab_retainability": (total["erab_abnormal_releases"], total["erab_session_s"]),
        **{
            f"accessibility:{step}": (total[f"{step}_successes"], total[f"{step}_attempts"])
            for step in ("rrc", "s1", "erab")
        },
        "dl_throughput": (total["dl_volume_kbit"], total["dl_time_ms"]),
        "prb_utilisation": (busy["prb_used"], busy["prb_available"]),
    }
    _add(books, office_id, cells, month_start, ratios, days)


def _add(
    books: Books, office_id: str, cells: list[Cell], day: int, ratios: dict[str, tuple[Ints, Ints]], days: CellDays
) -> None:
    seconds, manual = days.usable_s.sum(axis=1), days.whole["unavailable_manual_s"].sum(axis=1)
    up = seconds - manual - days.whole["unavailable_auto_s"].sum(axis=1)
    ratios = ratios | {"cell_availability": (up, seconds), "cell_availability_without_manual": (up, seconds - manual)}
    missing = (days.live & ~days.usable).sum(axis=1)
    suspect = days.suspect.sum(axis=1)
    complete = (days.received_s.sum(axis=1), days.live.sum(axis=1) * DAY)
    for staff in sorted({cell.site.staff_id or "" for cell in cells}):
        mine = np.array([(cell.site.staff_id or "") == staff for cell in cells], dtype=np.bool_)
        for name, (top, bottom) in ratios.items():
            kpi_id, _, part = name.partition(":")
            books.measures.add(
                kpi_id, day, office_id, staff, float(top[mine].sum()), float(bottom[mine].sum()),
                suspect=float(suspect[mine].sum()), missing=float(missing[mine].sum()), part=part,
            )  # fmt: skip
        top, bottom = complete
        books.measures.add(
            "counter_completeness", day, office_id, staff, float(top[mine].sum()), float(bottom[mine].sum()),
            suspect=float(suspect[mine].sum()),
        )  # fmt: skip
