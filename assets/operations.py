"""Operations: what is the matter at this moment and who should go."""

import dagster as dg

from assets.results import OWNERS
from ops_platform.maintenance.dispatch_facts import dispatch_now
from ops_platform.platform import Platform
from ops_platform.reporting.dispatch_board import board

GROUP = "operations"
_DEPENDENCIES = [
    "alarms", "generator_runs", "faults", "planned_work", "exclusions", "sites", "acceptance_tests", "offices",
    "generators", "crews",
]  # fmt: skip


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"scipy"}, deps=_DEPENDENCIES)
def dispatch_board(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """派单建议：此刻哪支队伍去哪里发电或抢修，哪些站无论如何都会断，与先到先办、就近优先相比。

    Dispatch board: which crew should go where now, which sites are lost whatever is done, beside simpler ways to plan.
    """
    now = platform.now()
    plan = dispatch_now(platform.facts, platform.settings.policy, now)
    lost = plan.compared.set_index("method")["lost_h"]
    shown = {name: dg.MetadataValue.md(text) for name, text in board(plan, platform.facts, now).items()}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(plan.stops),
            "planned_at": dg.MetadataValue.timestamp(now),
            "customer_hours_lost": round(float(lost["solver"])),
            "customer_hours_lost_if_nobody_goes": round(float(lost["nothing"])),
            "sites_lost_anyway": int(plan.dark["anyway"].sum()),
            **shown,
        }
    )


ASSETS = [dispatch_board]
