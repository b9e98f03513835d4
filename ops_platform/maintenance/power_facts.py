"""The facts from which power events and past discharges are derived."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class PowerFacts:
    """Facts about power; each frame has the columns of its contract."""

    sites: pd.DataFrame
    acceptance_tests: pd.DataFrame
    alarms: pd.DataFrame
    generator_runs: pd.DataFrame
    generator_decisions: pd.DataFrame
    planned_work: pd.DataFrame
    exclusions: pd.DataFrame
    battery_tests: pd.DataFrame
    offices: pd.DataFrame
    crews: pd.DataFrame
    generators: pd.DataFrame
