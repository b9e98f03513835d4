"""Who goes where, as numbers: tasks, crews, the routes crews drive and what those save.

One physics for every plan. A task loses ``rate`` customers' service from ``begin_h`` until it is done or ends by
itself. A crew drives, arrives, works; a generator stays where it runs, so generation ends a crew's route. An urgent
fault comes before anything else in its crew's route. All times are hours after the moment of planning.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_STOPS = 12
"""More tasks than a crew can do in any sensible horizon."""


@dataclass(frozen=True)
class Problem:
    """Tasks and crews at one moment; ``n`` tasks, ``c`` crews.

    Attributes
    ----------
    begin_h, end_h, rate
        Shape (n,): service is lost between the two, at so many customers, weighted where some come first.
    work_h
        Shape (n,): from arrival until a generator runs or a fault is repaired.
    opened_h
        Shape (n,): when the task became known; negative is in the past.
    generation, urgent
        Shape (n,): whether a generator stays there; whether it comes before everything else.
    able
        Shape (c, n): whether the crew can do the task.
    free_h, from_start_h
        Shape (c,) and (c, n): when the crew can leave, and its way to each task.
    between_h
        Shape (n, n): the way from task to task.
    horizon_h
        Nobody arrives anywhere later than this.
    urgent_step_h
        Delays of urgent faults are compared in steps of this length.
    """

    begin_h: Floats
    end_h: Floats
    rate: Floats
    work_h: Floats
    opened_h: Floats
    generation: Flags
    urgent: Flags
    able: Flags
    free_h: Floats
    from_start_h: Floats
    between_h: Floats
    horizon_h: float
    urgent_step_h: float

    def lost(self, done_h: Floats) -> Floats:
        """Return the customer-hours that each task loses if it is done at a moment; infinity is never."""
        until: Floats = np.clip(done_h, self.begin_h, np.maximum(self.end_h, self.begin_h))
        return self.rate * (until - self.begin_h)

    @cached_property
    def lost_unattended(self) -> Floats:
        """Customer-hours that each task loses if nobody comes, shape (n,)."""
        return self.lost(np.full(len(self.rate), np.inf))

    @cached_property
    def soonest_h(self) -> Floats:
        """The earliest at which any able crew could arrive if it went straight there, shape (n,)."""
        straight = np.where(self.able, self.free_h[:, None] + self.from_start_h, np.inf)
        return np.asarray(straight.min(axis=0, initial=np.inf), np.float64)

    @cached_property
    def attended_credit(self) -> float:
        """What attending one urgent fault weighs: more steps than all urgent faults together can be delayed."""
        return float(self.urgent.sum() * np.ceil(self.horizon_h / self.urgent_step_h) + 1)

    def urgency(self, tasks: Ints, arrive_h: Floats) -> Floats:
        """Return what arriving at tasks adds to a route's urgency: whole steps after the soonest, less the credit."""
        late = np.maximum(arrive_h - self.soonest_h[tasks], 0) / self.urgent_step_h
        # A rounding error is no delay.
        return np.where(self.urgent[tasks], np.floor(late + 1e-9) - self.attended_credit, 0.0)


@dataclass
class Routes:
    """Routes of crews, one a row; several rows may be alternatives for the same crew.

    Attributes
    ----------
    crew, path, stops
        Crew of each route, its tasks in order (-1 behind the last), and how many they are.
    ready_h
        When the crew has done the last of them.
    over
        Whether the crew stays with its generator.
    urgency
        Urgent delay in steps, less the credit for each urgent fault attended; lower is better.
    saved
        Customer-hours that are not lost thanks to the route.
    """

    crew: Ints
    path: Ints
    stops: Ints
    ready_h: Floats
    over: Flags
    urgency: Floats
    saved: Floats

    @classmethod
    def idle(cls, problem: Problem) -> "Routes":
        """Return one empty route for each crew."""
        count = len(problem.free_h)
        return cls(
            np.arange(count),
            np.full((count, MOST_STOPS), -1),
            np.zeros(count, np.int64),
            problem.free_h.copy(),
            np.zeros(count, bool),
            np.zeros(count),
            np.zeros(count),
        )

    def __len__(self) -> int:
        return len(self.crew)

    def take(self, rows: Ints | Flags) -> "Routes":
        """Return copies of some routes."""
        return Routes(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Ints, others: "Routes") -> None:
        """Replace some routes by others."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(others, field.name)

    @property
    def key(self) -> tuple[float, float]:
        """What a plan is judged by, lower is better: urgent faults, then customer-hours."""
        return float(self.urgency.sum()), -float(self.saved.sum())

    def options(self, problem: Problem) -> tuple[Floats, Floats, Flags]:
        """Return arrival, customer-hours saved and whether it makes sense, for each route and each task as its next."""
        count = len(problem.rate)
        last = self.path[np.arange(len(self)), self.stops - 1]
        way = np.where((self.stops == 0)[:, None], problem.from_start_h[self.crew], problem.between_h[last])
        arrive = self.ready_h[:, None] + way
        saved = problem.lost_unattended - problem.lost(arrive + problem.work_h)
        done = np.zeros((len(self), count + 1), bool)
        done[np.arange(len(self))[:, None], self.path] = True  # -1 falls on the spare column
        late_urgent = problem.urgent & ((self.stops > 0) & ~problem.urgent[last])[:, None]
        possible = problem.able[self.crew] & ~done[:, :count] & ~late_urgent & (arrive <= problem.horizon_h)
        possible &= (~self.over & (self.stops < MOST_STOPS))[:, None]
        return arrive, saved, possible & (problem.urgent | (saved > 0))

    def append(self, problem: Problem, rows: Ints, tasks: Ints, arrive: Floats, saved: Floats) -> None:
        """Send the crews of some routes to a further task each; arrival and saving as `options` gave them."""
        self.path[rows, self.stops[rows]] = tasks
        self.stops[rows] += 1
        self.ready_h[rows] = arrive + problem.work_h[tasks]
        self.over[rows] = problem.generation[tasks]
        self.urgency[rows] += problem.urgency(tasks, arrive)
        self.saved[rows] += saved


Score = Callable[[Routes, Floats, Floats], Floats]
"""From routes, arrivals and savings to what the next pick minimises, shape (routes, tasks)."""


def fill(problem: Problem, plan: Routes, score: Score) -> Routes:
    """Send crews to further tasks, one pick after the other, urgent faults first, until no pick saves anything.

    Parameters
    ----------
    plan
        One route for each crew; changed in place and returned.
    score
        What a pick minimises. Urgent faults go to whoever is there first.
    """
    taken = np.zeros(len(problem.rate), bool)
    taken[plan.path[plan.path >= 0]] = True
    while True:
        arrive, saved, useful = plan.options(problem)
        useful &= ~taken
        if not useful.any():
            return plan
        hot = useful & problem.urgent
        ranked = np.where(hot, arrive, np.inf) if hot.any() else np.where(useful, score(plan, arrive, saved), np.inf)
        row, task = np.unravel_index(np.argmin(ranked), ranked.shape)
        one = (np.array([row]), np.array([task]))
        plan.append(problem, *one, arrive[one], saved[one])
        taken[task] = True


def first_come(problem: Problem) -> Routes:
    """Return the plan of a dispatcher who serves tasks as they came in, each by the crew that is there first."""
    rank = np.argsort(np.argsort(problem.opened_h, kind="stable"), kind="stable")
    longest = 1 + problem.horizon_h
    return fill(problem, Routes.idle(problem), lambda _plan, arrive, _saved: rank * longest + arrive)


def nearest_first(problem: Problem) -> Routes:
    """Return the plan of a dispatcher who always makes the shortest drive that is left."""
    return fill(problem, Routes.idle(problem), lambda plan, arrive, _saved: arrive - plan.ready_h[:, None])


def greedy(problem: Problem, start: Routes | None = None) -> Routes:
    """Return a good plan at once: the most customer-hours per hour of a crew first, then generators set right.

    Parameters
    ----------
    start
        A plan to go on from; by default everybody is idle.
    """

    def cost_per_hour(plan: Routes, arrive: Floats, saved: Floats) -> Floats:
        return -saved / np.maximum(arrive + problem.work_h - plan.ready_h[:, None], 1e-9)

    plan = fill(problem, start or Routes.idle(problem), cost_per_hour)
    return min(plan, fill(problem, regenerate(problem, plan), cost_per_hour), key=lambda found: found.key)


def regenerate(problem: Problem, plan: Routes) -> Routes:
    """Return a plan with the same repairs and the best assignment of generators behind them."""
    bare, _ = drive(problem, plan, ~problem.generation)
    arrive, saved, useful = bare.options(problem)
    worth = np.where(useful & problem.generation, saved, 0.0)
    rows, tasks = linear_sum_assignment(worth, maximize=True)
    good = worth[rows, tasks] > 0
    rows, tasks = rows[good], tasks[good]
    bare.append(problem, rows, tasks, arrive[rows, tasks], saved[rows, tasks])
    return bare


@dataclass(frozen=True)
class Leg:
    """One stop of a route, in hours: when the crew leaves for it, arrives, and has done the task."""

    crew: int
    stop: int
    task: int
    leave_h: float
    arrive_h: float
    done_h: float


def drive(problem: Problem, plan: Routes, wanted: Flags | None = None) -> tuple[Routes, list[Leg]]:
    """Drive a plan's routes, or only their wanted tasks (shape (n,)), stop by stop.

    Returns
    -------
    Routes, list of Leg
        The routes as driven, and every leg of them.
    """
    driven, legs = Routes.idle(problem), []
    for place in range(int(plan.stops.max(initial=0))):
        tasks = plan.path[:, place]
        rows = np.flatnonzero((tasks >= 0) & (True if wanted is None else wanted[tasks]))
        tasks, leave = tasks[rows], driven.ready_h[rows]
        arrive, saved, _ = driven.options(problem)
        driven.append(problem, rows, tasks, arrive[rows, tasks], saved[rows, tasks])
        times = (driven.stops[rows], tasks, leave, arrive[rows, tasks], driven.ready_h[rows])
        legs += [Leg(*leg) for leg in zip(rows.tolist(), *(column.tolist() for column in times), strict=True)]
    return driven, legs
