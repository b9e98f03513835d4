"""A trend, or a value within its band, as a few bytes of inline SVG."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 96.0, 26.0, 3.0
BAND = 88.0


def sparkline(values: Sequence[float | None], target: float | None = None) -> Markup:
    """Return an SVG of the values, oldest first, with the target as a dashed line and the last value as a dot.

    Months without a value leave a gap. Empty where fewer than two months have one.
    """
    numbers = [value for value in values if value is not None]
    if len(numbers) < 2:  # noqa: PLR2004 - one point is no trend
        return Markup("")
    scale = [*numbers, *([target] if target is not None else [])]
    low, high = min(scale), max(scale)
    span = high - low or 1.0

    def at(place: int, value: float) -> tuple[float, float]:
        across = EDGE + (WIDTH - 2 * EDGE) * place / (len(values) - 1)
        return round(across, 1), round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / span, 1)

    parts = []
    if target is not None:
        height = at(0, target)[1]
        parts.append(f'<line class="goal" x1="0" x2="{WIDTH:g}" y1="{height}" y2="{height}"/>')
    parts += [_line([at(place, value) for place, value in run]) for run in _runs(values)]
    last = max(place for place, value in enumerate(values) if value is not None)
    parts.append('<circle cx="{}" cy="{}" r="2.4"/>'.format(*at(last, values[last] or 0.0)))
    # Only numbers of ours are in it.
    return Markup(f'<svg class="spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


def bullet(value: float, zero: float, target: float, full: float) -> Markup:
    """Return an SVG of a value on the band from where a score is zero to where it is full, with the target marked.

    Parameters
    ----------
    value, zero, target, full
        In one unit; a band whose full end is below its zero end runs the other way. What lies outside is at the end.
    """
    if full == zero:
        return Markup("")

    def at(number: float) -> float:
        return round(BAND * min(1.0, max(0.0, (number - zero) / (full - zero))), 1)

    parts = (
        f'<rect class="band" width="{BAND:g}" height="4" y="4" rx="2"/>'
        f'<rect class="fine" x="{at(target)}" width="{round(BAND - at(target), 1)}" height="4" y="4" rx="2"/>'
        f'<line class="goal" x1="{at(target)}" x2="{at(target)}" y1="1" y2="11"/>'
        f'<circle cx="{at(value)}" cy="6" r="3.4"/>'
    )
    # Only numbers of ours are in it.
    return Markup(f'<svg class="bullet" viewBox="-4 0 {BAND + 8:g} 12" aria-hidden="true">{parts}</svg>')  # noqa: S704


def _line(points: list[tuple[float, float]]) -> str:
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]
