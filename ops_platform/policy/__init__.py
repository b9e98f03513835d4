"""House rules: every number of this operator that no published standard gives, in one place.

These are house definitions (see docs/definitions.md), never to be presented as a standard. Each is a frozen record, so
that a branch replaces it as a whole through its settings.
"""

from ops_platform.policy.alerts import AlertPolicy, Ladder, Severity
from ops_platform.policy.base import HouseRules
from ops_platform.policy.cells import LoadShiftPolicy, PacketPolicy, TrafficPolicy, WorstCellPolicy
from ops_platform.policy.coverage import CoveragePolicy, SitingPolicy
from ops_platform.policy.power import AutonomyPolicy, DispatchPolicy, PowerPolicy, WitnessPolicy
from ops_platform.policy.service import InterconnectPolicy
from ops_platform.policy.work import ComplaintPolicy, FaultPolicy, InspectionPolicy, RepairLimit, ScoringPolicy

__all__ = [
    "AlertPolicy", "AutonomyPolicy", "ComplaintPolicy", "CoveragePolicy", "DispatchPolicy", "FaultPolicy",
    "InspectionPolicy", "Ladder", "Policy", "PowerPolicy", "RepairLimit", "ScoringPolicy", "Severity", "SitingPolicy",
    "WitnessPolicy",
]  # fmt: skip


class Policy(HouseRules):
    """All house rules together."""

    version: str = "2026.1"
    power: PowerPolicy = PowerPolicy()
    fault: FaultPolicy = FaultPolicy()
    inspection: InspectionPolicy = InspectionPolicy()
    worst_cell: WorstCellPolicy = WorstCellPolicy()
    traffic: TrafficPolicy = TrafficPolicy()
    load_shift: LoadShiftPolicy = LoadShiftPolicy()
    packet: PacketPolicy = PacketPolicy()
    interconnect: InterconnectPolicy = InterconnectPolicy()
    complaint: ComplaintPolicy = ComplaintPolicy()
    scoring: ScoringPolicy = ScoringPolicy()
    coverage: CoveragePolicy = CoveragePolicy()
    siting: SitingPolicy = SitingPolicy()
    dispatch: DispatchPolicy = DispatchPolicy()
    alerts: AlertPolicy = AlertPolicy()
