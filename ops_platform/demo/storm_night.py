"""The night before the present: mains outages still open, each in a state that is known to the second."""

from collections.abc import Sequence

from ops_platform.demo.batteries import strength_today
from ops_platform.demo.books import MainsOutage
from ops_platform.demo.branch import Site
from ops_platform.demo.period import HOUR
from ops_platform.demo.power import Power, Story

STATES = (
    "on_battery", "on_battery", "on_battery", "leave_now", "leave_now", "leave_now_dispatched", "too_late", "too_late",
    "too_late_dark", "too_late_dispatched", "running", "running", "running_unverified", "fixed_running",
    "fixed_too_late",
)  # fmt: skip
SLACK = 240
SHORTEST = 900
LONGEST = 12 * HOUR


def _age_range(story: Story, wish: str) -> tuple[int, int]:
    """Return how long ago the mains must have failed for the wish to be true now."""
    limit, leave = story.limit, story.leave_by
    if wish.startswith("on_battery"):
        return SHORTEST, leave - SLACK
    if wish.startswith("leave_now"):
        return max(SHORTEST, leave + SLACK), limit - SLACK
    if wish == "too_late_dark":
        empty = max(story.autonomy, story.lasts)
        return empty + SLACK, empty + 2 * HOUR
    if "too_late" in wish:
        return limit + SLACK, min(story.autonomy - SLACK, story.lasts - SLACK, limit + 2 * HOUR)
    if wish == "fixed_running":
        return story.battery_limit + SLACK, story.battery_limit + 2 * HOUR
    return max(2 * SHORTEST + SLACK, limit // 2), limit + HOUR


def _outcome(story: Story, age: int, wish: str) -> str:
    if age <= story.battery_limit:
        return "pending"
    return {"running": "in_time", "fixed_running": "fixed_set"}.get(wish, "late")


def _write(power: Power, story: Story, age: int, wish: str) -> int | None:
    """Write what the open outage has left so far and return the start of its verified run."""
    books = power.books
    books.alarm(story.site, "mains_failure", story.failed, None)
    if wish == "fixed_running":
        books.alarm(story.site, "generator_running", story.failed + 40, None)
        power.discharge(story, 60)
        return None
    if wish == "running":
        start = max(SHORTEST, min(story.limit - SLACK, age - SHORTEST) - power.draw(0, 600))
        power.discharge(story, start + power.draw(60, 200))
        power.run(story, start, None)
        return story.failed + start
    power.discharge(story, None)
    if wish == "running_unverified":
        power.run(story, max(SHORTEST, age - 1_500), None)
    if wish.endswith("dispatched"):
        power.run(story, None, None, dispatched=age - power.draw(180, 420))
    return None


def _open(power: Power, site: Site, wish: str) -> bool:
    moment = power.period.moment
    if (
        site.capacity_ah is None
        or site.special not in {"", "fixed"}
        or site.fixed_generator != wish.startswith("fixed")
    ):
        return False
    strength = strength_today(power.rng, site)
    guess = power.story(site, moment, strength)
    low, high = _age_range(guess, wish)
    age = power.draw(low, min(high, LONGEST)) if high > low + 1 else -1
    if age < 0 or age > LONGEST:
        return False
    story = power.story(site, moment - age, strength)
    low, high = _age_range(story, wish)
    near = abs(age - story.battery_limit) < SLACK // 2 or (wish != "too_late_dark" and age > story.autonomy - SLACK)
    carried = {"too_late_dark": 0, "fixed_running": 0, "running": story.limit}.get(wish, age)
    if (
        story.lasts < carried + SLACK
        or not low - 60 <= age <= high + 60
        or (near and wish not in {"running", "fixed_running"})
        or not power.diary.reserve(site, story.failed, moment)
    ):
        return False
    if abs(age - story.battery_limit) < 60:  # noqa: PLR2004 - a minute from the threshold is too close to call
        return False
    started = _write(power, story, age, wish)
    state = wish.removeprefix("fixed_").removesuffix("_dispatched").removesuffix("_dark").removesuffix("_unverified")
    power.books.mains.append(
        MainsOutage(
            site, story.failed, None, story.autonomy, story.failed + story.limit, started,
            _outcome(story, age, wish), wish, story.lasts, state,
        )
    )  # fmt: skip
    power.books.scenarios[f"open_{wish}"] += 1
    if state == "too_late":
        power.books.alerts["generator_late"].append(site.site_id)
    return True


def simulate_storm_night(power: Power, wishes: Sequence[str] = STATES) -> None:
    """Open one mains outage for each wished state, before other stories take the sites."""
    for wish in wishes:
        for _ in range(20_000):
            if _open(power, power.branch.sites[power.draw(0, len(power.branch.sites))], wish):
                break
        else:
            raise RuntimeError(f"no site can be {wish} at the present")
