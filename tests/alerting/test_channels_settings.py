"""How an installation sets its channels up, and that it keeps their secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from ops_platform.alerting.channels import channels_of
from ops_platform.errors import PermanentError
from ops_platform.settings import Settings
from tests.alerting.provider import MESSAGE, channel, ok, provider

SECRET = "geheim-82"


def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Set variables of the channel duty."""
    for name, value in values.items():
        monkeypatch.setenv(f"OPS_CHANNELS__DUTY__{name}", value)


def test_none_is_in_force_until_one_is_set() -> None:
    assert channels_of(Settings()) == {}


def test_channels_have_names_and_are_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, KIND="dingtalk", TOKEN="123", OFFICES="O1, O2", LEAST_SEVERITY="major", PER_MINUTE="5")
    monkeypatch.setenv("OPS_CHANNELS__mail_2__kind", "smtp")
    monkeypatch.setenv("OPS_CHANNELS__mail_2__host", "mail.example")
    found = channels_of(Settings())
    assert [(name, channel.name) for name, channel in found.items()] == [("duty", "duty"), ("mail_2", "mail_2")]
    assert found["duty"].per_minute == 5
    assert found["duty"].deadline_s == 16  # a second to say what became of it
    assert found["mail_2"].deadline_s == 31
    wanted = [
        (office, severity)
        for office in ("O1", "O2", "O3", "")
        for severity in ("critical", "major", "minor")
        if found["duty"].wants(office, severity)
    ]
    assert wanted == [("O1", "critical"), ("O1", "major"), ("O2", "critical"), ("O2", "major")]
    assert found["mail_2"].wants("", "minor")
    assert Settings().channels["mail_2"].port == 25


@pytest.mark.parametrize("secret", ["[1]", '{"a": 1}', "12345", "true"])
def test_a_secret_that_looks_like_something_else_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    environment(monkeypatch, KIND="wecom", KEY=secret)
    assert Settings().channels["duty"].secrets() == {"key": secret}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"KIND": "fax", "TOKEN": SECRET}, "kind"),
        ({"TOKEN": SECRET}, "kind"),
        ({"KIND": "wecom"}, "set key, or key_file"),
        ({"KIND": "dingtalk", "SECRET": SECRET}, "set token, or token_file"),
        ({"KIND": "feishu"}, "set token, or token_file"),
        ({"KIND": "webhook"}, "set url, or url_file"),
        ({"KIND": "pagerduty"}, "set routing_key, or routing_key_file"),
        ({"KIND": "apprise"}, "set url, or url_file"),
        ({"KIND": "smtp"}, "host"),
        ({"KIND": "smtp", "HOST": "h", "TLS": "true", "STARTTLS": "true"}, "not both"),
        ({"KIND": "alertmanager"}, "base_url"),
        ({"KIND": "wecom", "KEY": SECRET, "KEY_FILE": "/run/key"}, "not both"),
        ({"KIND": "wecom", "KEY": SECRET, "TOKEN": SECRET}, "token"),
        ({"KIND": "wecom", "KEY": SECRET, "PER_MINUTE": "0"}, "per_minute"),
        ({"KIND": "wecom", "KEY": SECRET, "DEADLINE_S": SECRET}, "deadline_s"),
        ({"KIND": "wecom", "KEY": SECRET, "LEAST_SEVERITY": "urgent"}, "least_severity"),
        ({"KIND": "alertmanager", "BASE_URL": f"ftp://{SECRET}"}, "full address"),
        ({"KIND": "alertmanager", "BASE_URL": f"http://{SECRET}:x"}, "full address"),
        ({"KIND": "alertmanager", "BASE_URL": f"http://ops:{SECRET}@h"}, "without user or password"),
        ({"KIND": "slack"}, "set url"),
        ({"KIND": "slack", "TOKEN": SECRET}, "set channel"),
        ({"KIND": "slack", "URL": SECRET, "TOKEN_FILE": "/run/token"}, "set url"),
    ],
)
def test_a_mistake_names_the_setting_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], problem: str
) -> None:
    environment(monkeypatch, **values)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "channels.duty" in str(caught.value)
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["X Y", "2nd", "a-b", "x__y"])
def test_a_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValidationError, match="begin with a letter"):
        Settings(channels={name: {"kind": "wecom", "key": SECRET}})


def test_settings_that_are_no_json_tell_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_CHANNELS", f"{{{SECRET}")
    with pytest.raises(SettingsError) as caught:
        Settings()
    assert SECRET not in str(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("OPS_SMTP__HOST", "OPS_CHANNELS__SMTP__KIND=smtp and OPS_CHANNELS__SMTP__HOST="),
        ("OPS_WEBHOOK__URL", "OPS_CHANNELS__WEBHOOK__KIND=webhook and OPS_CHANNELS__WEBHOOK__URL="),
        ("ops_webhook__token", "OPS_CHANNELS__WEBHOOK__TOKEN="),
    ],
)
def test_the_former_names_are_refused_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, former: str, now: str
) -> None:
    monkeypatch.setenv(former, SECRET)
    with pytest.raises(PermanentError) as caught:
        Settings()
    assert former in str(caught.value)
    assert now in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_secret_is_read_from_its_file_at_each_send(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with provider() as server:
        server.answer = ok({"errcode": 0})
        wecom = channel("wecom", base_url=server.url, key_file=file)
        missing = wecom.send(MESSAGE)
        assert (missing.kind, missing.answer) == (
            "retry",
            f"setting KEY_FILE: {file} cannot be read: No such file or directory",
        )
        assert "permissions" in missing.check
        for secret in ("first", "second"):
            file.write_text(f"{secret}\n", encoding="utf-8")
            assert wecom.send(MESSAGE).kind == "accepted"
            assert f"key={secret} " in server.head


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff", "it is not UTF-8"),
        (b"geheim-82\nX-More: 1", "holds a line break"),
        ("geheim-82密".encode(), "printable ASCII"),
    ],
)
def test_a_file_that_holds_no_secret_says_so_without_what_it_holds(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    outcome = channel("alertmanager", base_url="http://127.0.0.1:9", token_file=file).send(MESSAGE)
    assert outcome.kind == "retry"
    assert outcome.answer.startswith(f"setting TOKEN_FILE: {file}")
    assert problem in outcome.answer
    assert SECRET not in repr(outcome)


def test_a_secret_by_value_is_held_to_the_same() -> None:
    outcome = channel("alertmanager", base_url="http://127.0.0.1:9", token=f"{SECRET}\r\nX-More: 1").send(MESSAGE)
    assert outcome.answer == "setting TOKEN: holds a line break or other characters than printable ASCII"


@pytest.mark.parametrize("url", [f"ftp://{SECRET}", f"{SECRET}/alerts", "https://", f"http://a b/{SECRET}"])
def test_a_secret_address_that_is_none_is_told_without_it(url: str) -> None:
    outcome = channel("webhook", url=url).send(MESSAGE)
    assert (outcome.kind, "http://" in outcome.answer, SECRET in repr(outcome)) == ("retry", True, False)


def test_no_setting_shows_its_secret() -> None:
    shown = [
        channel("webhook", url=f"http://h/{SECRET}", token=SECRET),
        channel("dingtalk", token=SECRET, secret=SECRET),
        channel("smtp", host="h", password=SECRET),
        channel("slack", url=f"http://h/{SECRET}"),
        channel("pagerduty", routing_key=SECRET),
        channel("apprise", url=f"json://h/{SECRET}"),
    ]
    assert SECRET not in repr(shown) + str([each.settings.model_dump_json() for each in shown])
