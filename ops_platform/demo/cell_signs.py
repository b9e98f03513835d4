"""What betrays why a cell drops calls: interference on its idle channels, and calls that its neighbours do not take."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
NOTHING, INTERFERED, WITHOUT_NEIGHBOUR = range(3)
STORIES = (INTERFERED, WITHOUT_NEIGHBOUR, NOTHING)
CAUSES = {INTERFERED: "interference", WITHOUT_NEIGHBOUR: "neighbour", NOTHING: ""}
HIGH_SHARE = np.array([0.04, 0.5, 0.04])
FAILED_SHARE = np.array([0.03, 0.03, 0.2])
SAMPLES_AN_HOUR = 120


def assign_stories(weak: npt.NDArray[np.bool_]) -> Ints:
    """Give the cells that are badly covered a story each, in turn; the last of the stories shows in no counter."""
    stories = np.full(len(weak), NOTHING, dtype=np.int64)
    stories[weak] = np.resize(STORIES, int(weak.sum()))
    return stories


def draw_signs(rng: np.random.Generator, stories: Ints, seizures: Ints, per_hour: int) -> dict[str, Ints]:
    """Draw the counters that tell a cell's story, each of the shape of the seizures ``[cells, days, periods]``."""
    attempts = rng.binomial(seizures, 0.4)
    failed = rng.binomial(attempts, FAILED_SHARE[stories][:, None, None])
    samples = np.full(seizures.shape, SAMPLES_AN_HOUR // per_hour, dtype=np.int64)
    high = rng.binomial(samples, HIGH_SHARE[stories][:, None, None])
    return {
        "handovers_out_attempts": attempts, "handovers_out": attempts - failed, "interference_samples": samples,
        "interference_high_samples": high,
    }  # fmt: skip
