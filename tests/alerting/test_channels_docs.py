"""docs/alerting.md tells every kind, setting and code that there is."""

from pathlib import Path
from typing import Any, get_args

import pytest

from ops_platform.alerting.channels import dingtalk, feishu, slack, wecom
from ops_platform.channel_settings import AnyChannelSettings, ChannelSettings

PAGE = (Path(__file__).parents[2] / "docs" / "alerting.md").read_text(encoding="utf-8")
KINDS = get_args(get_args(AnyChannelSettings)[0])
WORDS = {"permanent": "final", "retry": "tried again", "in_doubt": "in doubt"}


@pytest.mark.parametrize("settings", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_recipe_with_its_settings(settings: type[ChannelSettings]) -> None:
    kind = settings.model_fields["kind"].default
    (recipe,) = [part for part in PAGE.split("\n### ") if f"(`{kind}`)" in part.splitlines()[0]]
    own = [name for name in settings.model_fields if name not in ChannelSettings.model_fields and name != "kind"]
    common = PAGE.split("\n### ", maxsplit=1)[0]
    for name in own:
        if not name.endswith("_file"):
            assert f"…__{name.upper()}" in recipe + common


@pytest.mark.parametrize(
    ("provider", "codes"),
    [("DingTalk", dingtalk.CODES), ("WeCom", wecom.CODES), ("Feishu", feishu.CODES), ("Slack", slack.CODES)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_code_of_a_provider_is_in_the_table(provider: str, codes: dict[Any, Any]) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| {provider} |")]
    for code, meaning in codes.items():
        row = next(row for row in rows if f"`{code}`" in row)
        assert WORDS[meaning.kind] in row
        assert meaning.check in row
        assert (f"after {meaning.after_s:g} s" in row) == bool(meaning.after_s)
