"""What betrays why a cell drops calls, how data flowed, and when a cell was not available."""

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


def draw_data(rng: np.random.Generator, releases: Ints, used: Ints) -> dict[str, Ints]:
    """Draw how long sessions lasted and how much was sent in how long, each ``[cells, days, periods]``."""
    speed_mbps = rng.integers(4, 30, len(used))[:, None, None]
    sending_ms = used * rng.integers(3, 6, used.shape)
    names, asked = ("rrc", "s1", "erab"), releases + rng.poisson(2, releases.shape)
    steps: dict[str, Ints] = {}
    for name, share in zip(names, (0.985, 0.995, 0.99), strict=True):
        steps |= {f"{name}_attempts": asked, f"{name}_successes": rng.binomial(asked, share)}
        asked = steps[f"{name}_successes"].copy()
    return steps | {
        "erab_session_s": releases * rng.integers(60, 120, releases.shape), "dl_volume_kbit": sending_ms * speed_mbps,
        "dl_time_ms": sending_ms,
    }  # fmt: skip


def packets(traffic: Ints, channels: npt.NDArray[np.float64]) -> dict[str, Ints]:
    """Return what GSM cells sent by packets and in how long, in step with calls, each ``[cells, days, periods]``."""
    # A cell has the same speed in every month.
    kbps = (8 + channels * 7 % 33).astype(np.int64)[:, None, None]
    sending_ms = (traffic * 800 / np.maximum(channels, 1)[:, None, None]).astype(np.int64)
    return {"dl_volume_kbit": sending_ms * kbps // 1000, "dl_time_ms": sending_ms}


def draw_unavailable(rng: np.random.Generator, shape: tuple[int, int, int], period_s: int) -> dict[str, Ints]:
    """Draw the seconds of each period in which a cell was down by itself, or blocked by a person; mostly none."""
    half = period_s // 2
    names = ("unavailable_auto_s", "unavailable_manual_s")
    shares = (0.002, 0.001)
    return {
        name: np.where(rng.random(shape, dtype=np.float32) < share, rng.integers(1, half, shape), 0)
        for name, share in zip(names, shares, strict=True)
    }
