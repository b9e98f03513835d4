"""Runs that failed. The condition is found in ``sensors``, the one room that knows Dagster."""

from datetime import timedelta

from ops_platform.alerting.rules import Rule, Words

RUN_FAILED = Rule(
    "run_failed",
    "major",
    Words("数据处理失败", "Run failed"),
    Words("次运行", "runs"),
    Words(
        "{job_name} 于 {failed_at} 失败（运行 {run_id}）：{error}",
        "{job_name} failed at {failed_at} (run {run_id}): {error}",
    ),
    Words(
        "请在 Dagster 中打开该次运行，按错误提示改正文件或设置后重新执行。",
        "Open the run in Dagster, correct the file or setting that the error names, and run it again.",
    ),
    "job_name",
    "failed_at",
    ("job_name", "run_id", "failed_at", "error"),
    counts_down=False,
    news_for=timedelta(days=7),
)
