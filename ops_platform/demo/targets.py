"""Targets and weights of the made-up branch, effective-dated."""

from datetime import date

from ops_platform.demo.books import Books

LINEAR: tuple[tuple[str, float, float, float, float], ...] = (
    ("generator_timeliness", 98, 12, 80, 100),
    ("site_outages", 25, 4, 60, 10),
    ("site_availability", 99.9, 8, 99.5, 99.99),
    ("fault_report_accuracy", 99, 3, 85, 100),
    ("technical_response", 95, 3, 80, 100),
    ("fault_repair_time", 24, 3, 30, 4),
    ("fault_repair_in_limit", 98, 3, 90, 100),
    ("inspection_completion", 98, 8, 85, 100),
    ("inspection_quality", 90, 4, 70, 100),
    ("tch_drop_rate", 2, 6, 4, 0.8),
    ("tch_drop_rate_without_handover", 2.5, 2, 5, 1),
    ("tch_congestion", 2, 5, 5, 0.3),
    ("sdcch_congestion", 1, 2, 3, 0.05),
    ("erab_drop_rate", 0.5, 4, 1.5, 0.2),
    ("worst_cell_share", 3, 5, 12, 1),
    ("interconnect_connect_rate", 80, 3, 60, 95),
    ("complaint_in_limit", 95, 5, 80, 100),
    ("repeat_complaint_share", 10, 3, 40, 2),
    ("hall_satisfaction", 72, 2, 60, 90),
    ("hotline_courtesy", 97, 1, 90, 100),
    ("customer_satisfaction", 85, 1, 75, 95),
    ("satisfaction_lead", 15, 1, 5, 25),
    ("enquiry_in_limit", 95, 1, 80, 100),
    ("coverage_population_share", 90, 4, 60, 99),
)
"""KPI, target, weight, baseline, challenge."""

LADDER: tuple[tuple[str, float, float, float, float], ...] = (
    ("fault_report_timeliness", 99, 3, 1, 5),
    ("work_plan_completion", 97, 2, 1, 4),
    ("hotline_problem_solving", 90, 1, 1, 5),
    ("training_pass_rate", 80, 1, 2, 5),
)
"""KPI, target, weight, step of the shortfall, points a step."""


def write_targets(books: Books) -> None:
    """Write a row per KPI, an office's own, one that rises on 1 May 2026, those of next year and of a role."""
    year, may, next_year = date(2026, 1, 1), date(2026, 5, 1), date(2027, 1, 1)
    for kpi_id, target, weight, baseline, challenge in LINEAR:
        _row(books, kpi_id, "*", year, target, weight, baseline=baseline, challenge=challenge)
    for kpi_id, target, weight, step, points in LADDER:
        _row(books, kpi_id, "*", year, target, weight, step=step, points=points)
    _row(books, "generator_timeliness", "632323", year, 95, 12, baseline=70, challenge=100)
    _row(books, "inspection_completion", "*", may, 99, 8, baseline=88, challenge=100)
    _row(books, "generator_timeliness", "*", next_year, 98.5, 14, baseline=85, challenge=100)
    _row(books, "generator_timeliness", "632323", next_year, 96, 14, baseline=75, challenge=100)
    _row(books, "inspection_completion", "*", next_year, 99.5, 6, baseline=90, challenge=100)
    # Who carries generators is judged by them twice as much, and not by the radio network.
    for kpi_id, target, baseline, challenge in (
        ("tch_drop_rate", 2, 4, 0.8), ("erab_drop_rate", 0.5, 1.5, 0.2), ("sdcch_congestion", 1, 3, 0.05),
    ):  # fmt: skip
        _row(books, kpi_id, "*", year, target, 0, baseline=baseline, challenge=challenge, role="generation")
    _row(books, "generator_timeliness", "*", year, 98, 24, baseline=80, challenge=100, role="generation")
    _row(books, "generator_timeliness", "*", next_year, 98.5, 26, baseline=85, challenge=100, role="generation")


def _row(
    books: Books,
    kpi_id: str,
    office_id: str,
    effective_from: date,
    target: float,
    weight: float,
    *,
    baseline: float | None = None,
    challenge: float | None = None,
    step: float | None = None,
    points: float | None = None,
    role: str = "",
) -> None:
    books.add(
        "role_targets" if role else "targets", kpi_id=kpi_id, office_id=office_id, effective_from=effective_from,
        target=target, weight=weight, scoring="linear" if step is None else "ladder", baseline=baseline,
        challenge=challenge, ladder_step=step, ladder_points=points, **({"role": role} if role else {}),
    )  # fmt: skip
