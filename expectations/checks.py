"""The factory of asset checks: both suites of a table in one step, on the partitions of the run and no others."""

import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    MetadataValue,
    PartitionsDefinition,
    PreviewWarning,
    multi_asset_check,
)

from expectations.drift import drift_summary, judge_drift
from expectations.quality import quality_summary, validate_summary
from expectations.runner import Finding, validate
from expectations.suites import PLAUSIBILITY, SCHEMA_AND_KEYS
from ops_platform.contracts import Contract

DESCRIPTIONS = {
    SCHEMA_AND_KEYS: "列、类型、必填、主键、词表、范围；不符则下游停止。"
    "Columns, types, required values, key, vocabulary and bounds; a failure stops what is downstream.",
    PLAUSIBILITY: "数值与前后关系是否可信；不符只提醒。"
    "Whether values and their relations are plausible; a failure only warns.",
}
DRIFT = (
    "各单位各制式小区的数量与分布是否与往周同日相近；不符只提醒，指标发布前核对。"
    "Whether the cells of each office and technology are as many, and their sums as large and as spread, as on this "
    "weekday before; a failure only warns, before a KPI is published."
)


def checks_for(contract: Contract, partitions_def: PartitionsDefinition | None = None) -> AssetChecksDefinition:
    """Return the checks ``schema_and_keys`` (blocking) and ``plausibility`` (warning) of the asset of a table.

    The step needs the resource ``platform``, whose ``warehouse`` is an `ops_platform.warehouse.Warehouse` and whose
    ``settings.zone`` is the business time zone. Tables partitioned by day are judged through their
    quality summary, a large day hour by hour.

    Parameters
    ----------
    contract
        The table; its name is the asset's key.
    partitions_def
        Partitions of the asset; their keys are those of the warehouse.
    """

    @multi_asset_check(
        name=f"{contract.name}_checks", specs=_specs(contract, partitions_def), required_resource_keys={"platform"}
    )
    def checks(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        platform = context.resources.platform
        keys = _partitions(context) if partitions_def else [""]
        if not keys:
            keys = platform.warehouse.partitions(contract)
        if contract.grain == "day":
            parts = (part for key in keys for part in platform.warehouse.parts(contract, key))
            findings = validate_summary(quality_summary(contract, parts))
        else:
            findings = validate(contract, platform.warehouse.read(contract, keys).to_pandas())
        for suite, severity in ((SCHEMA_AND_KEYS, AssetCheckSeverity.ERROR), (PLAUSIBILITY, AssetCheckSeverity.WARN)):
            mine = [finding for finding in findings if finding.suite == suite]
            yield AssetCheckResult(
                check_name=suite,
                asset_key=contract.name,
                passed=not mine,
                severity=severity,
                description="；".join(finding.advice_zh for finding in mine) or None,
                metadata={
                    "failed": sum(finding.failed for finding in mine),
                    "offenders": MetadataValue.md(offenders_table(mine, platform.settings.zone)),
                    "partitions": ", ".join(keys) or "-",
                },
            )

    return checks


def drift_check(contract: Contract, partitions_def: PartitionsDefinition) -> AssetChecksDefinition:
    """Return the check ``drift`` of the cell days: each group of cells against the same weekday of the weeks before.

    It warns and stops nothing: a holiday drifts too. The step needs the resource ``platform``, as in `checks_for`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PreviewWarning)
        spec = AssetCheckSpec("drift", asset=contract.name, description=DRIFT, partitions_def=partitions_def)

    @multi_asset_check(name=f"{contract.name}_drift", specs=[spec], required_resource_keys={"platform"})
    def check(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        platform = context.resources.platform
        keys = _partitions(context) or platform.warehouse.partitions(contract)
        summary = drift_summary(lambda day: platform.warehouse.read(contract, [day]), keys)
        findings = judge_drift(summary)
        yield AssetCheckResult(
            check_name="drift",
            asset_key=contract.name,
            passed=not findings,
            severity=AssetCheckSeverity.WARN,
            description="；".join(finding.advice_zh for finding in findings) or None,
            metadata={
                "failed": sum(finding.failed for finding in findings),
                "judged": len(summary),
                "offenders": MetadataValue.md(offenders_table(findings, platform.settings.zone)),
                "partitions": ", ".join(keys) or "-",
            },
        )

    return check


def offenders_table(findings: Sequence[Finding], zone: ZoneInfo) -> str:
    """Return findings as Markdown, in Chinese and English, with moments in business time."""
    if not findings:
        return "全部符合 All as expected."
    return "\n\n".join(_markdown(finding, zone) for finding in findings)


def _markdown(finding: Finding, zone: ZoneInfo) -> str:
    columns = list(finding.offenders[0]) if finding.offenders else []
    lines = [
        f"**{finding.column or '列 Schema'}** · {finding.expectation} · 不符 Failed: **{finding.failed}**",
        "",
        f"{finding.advice_zh}  ",
        finding.advice_en,
        "",
        "| " + " | ".join(columns) + " |",
        "|" + " --- |" * len(columns),
    ]
    lines += [
        "| " + " | ".join(_cell(offender[column], zone) for column in columns) + " |" for offender in finding.offenders
    ]
    return "\n".join(lines)


def _cell(value: object, zone: ZoneInfo) -> str:
    if value is None or value != value:  # noqa: PLR0124 - not-a-number and not-a-time differ from themselves
        return "—"
    if isinstance(value, datetime) and value.tzinfo is not None:
        return f"{value.astimezone(UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return str(value).replace("|", "\\|").replace("\n", " ")


def _partitions(context: AssetCheckExecutionContext) -> list[str]:
    """Return the partitions of the run: one, a range of a single-run backfill, or none where it names none."""
    if context.has_partition_key or context.has_partition_key_range:
        return list(context.partition_keys)
    return []


def _specs(contract: Contract, partitions_def: PartitionsDefinition | None) -> list[AssetCheckSpec]:
    with warnings.catch_warnings():
        # Partitioned checks are in preview; without them the UI shows only the check of the last partition.
        warnings.simplefilter("ignore", PreviewWarning)
        return [
            AssetCheckSpec(
                suite,
                asset=contract.name,
                description=description,
                blocking=suite == SCHEMA_AND_KEYS,
                partitions_def=partitions_def,
            )
            for suite, description in DESCRIPTIONS.items()
        ]
