"""Links of messages: only those that were given out open anything, and each does one thing for one person once."""

import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.links import LinkRefusedError, link, message_of, token, use
from ops_platform.channel_settings import AlertSettings
from ops_platform.errors import PermanentError
from ops_platform.settings import Settings
from ops_platform.state import State
from tests.alerting.conftest import NOW, Script, evaluate, outage, outbox

SECRET = "a secret of this test alone"
KEYS = st.text("0123456789abcdef", min_size=64, max_size=64)


def settings(secret: str = SECRET, url: str = "https://ops.example/x/", **changes: object) -> Settings:
    return Settings(alerts=AlertSettings(url=url, secret=secret), **changes)


def test_a_link_opens_its_message_until_it_is_too_old(state: State) -> None:
    evaluate(state, outage("S1", "O1"), outage("S2", "O2"))
    first, second = outbox(state)
    valid = timedelta(hours=24)
    for row in (first, second):
        given_out = token(settings(), row["key"])
        assert message_of(state, settings(), given_out, NOW)["id"] == row["id"]
        assert message_of(state, settings(), given_out, NOW + valid - timedelta(seconds=1))["id"] == row["id"]
        assert link(settings(), row["key"]) == f"https://ops.example/x/a/{given_out}"
        with pytest.raises(LinkRefusedError):
            message_of(state, settings(), given_out, NOW + valid)
        with pytest.raises(LinkRefusedError):
            message_of(state, settings("another secret, as long"), given_out, NOW)


@given(KEYS, st.integers(0, 107), st.characters(codec="utf-8"))
def test_whatever_is_changed_of_a_link_it_opens_nothing(key: str, place: int, other: str) -> None:
    given_out = token(settings(), key)
    forged = given_out[:place] + other + given_out[place + 1 :]
    if forged != given_out:
        with pytest.raises(LinkRefusedError):
            message_of(None, settings(), forged, NOW)  # type: ignore[arg-type] - it is refused before the state is read


@given(st.text(max_size=200), KEYS)
def test_whatever_is_made_up_opens_nothing(made_up: str, key: str) -> None:
    for forged in (made_up, key, f"{made_up}.{key}", f".{key}"):
        with pytest.raises(LinkRefusedError):
            message_of(None, settings(), forged, NOW)  # type: ignore[arg-type]


@given(KEYS)
def test_no_link_ends_in_what_apps_cut_off(key: str) -> None:
    assert link(settings(), key)[-1].isalnum()


def test_the_end_of_a_matter_is_nothing_to_acknowledge(state: State) -> None:
    evaluate(state, outage())
    drain(state, {"webhook": Script()}, lambda: NOW)
    evaluate(state, now=NOW + timedelta(minutes=1))
    raised, resolved = outbox(state)
    assert (raised["kind"], resolved["kind"]) == ("raised", "resolved")
    with pytest.raises(LinkRefusedError):
        message_of(state, settings(), token(settings(), resolved["key"]), NOW)


def test_a_link_of_a_rule_that_is_declared_no_more_opens_nothing(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    monkeypatch.delitem(RULES, row["payload"]["rule"])
    with pytest.raises(LinkRefusedError):
        message_of(state, settings(), token(settings(), row["key"]), NOW)


def test_each_act_of_each_person_is_done_once(state: State) -> None:
    acts = [("k1", "E07", "acknowledge"), ("k1", "E07", "hand_over"), ("k1", "E08", "acknowledge"),
            ("k2", "E07", "acknowledge"), ("k1", "E07", "take_over")]  # fmt: skip
    with state.transaction() as connection:
        for key, who, act in acts:
            use(connection, key, who, act, NOW)  # type: ignore[arg-type]
    for key, who, act in acts:
        with state.transaction() as connection, pytest.raises(LinkRefusedError):
            use(connection, key, who, act, NOW)  # type: ignore[arg-type]


def test_without_an_address_there_is_no_link_and_no_key_is_made(tmp_path: Path) -> None:
    assert link(settings(url="", secret="", home=tmp_path), "k") == ""
    assert not (tmp_path / "link.key").exists()


def test_the_installation_makes_itself_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    own = settings(secret="", home=tmp_path / "new")
    assert token(own, "k") == token(own, "k")
    assert token(own, "k") != token(settings(secret="", home=tmp_path / "other"), "k")
    file = tmp_path / "new" / "link.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_whoever_comes_first_makes_the_key_for_all(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ops_platform.settings import Settings;"
        "from ops_platform.alerting.links import token; home = Path(sys.argv[1]); own = Settings(home=home);"
        "sys.stdin.readline(); print(token(own, 'k'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True) for _ in range(4)]
    said = {process.communicate("\n", timeout=60)[0] for process in running}
    assert len(said) == 1


def test_a_secret_from_a_file_may_be_exchanged_while_running(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    from_file = Settings(alerts=AlertSettings(secret_file=file))
    assert token(from_file, "k") == token(settings(), "k")
    file.write_text("another one, just as long")
    assert token(from_file, "k") != token(settings(), "k")


def test_no_alert_waits_for_a_link(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for broken in (settings(secret="too short"), settings(secret="", home=tmp_path / "file" / "home")):
        (tmp_path / "file").write_text("where a folder should be")
        with pytest.raises(PermanentError):
            token(broken, "k")
        assert link(broken, "k") == ""
    assert "OPS_ALERTS__SECRET" in caplog.text
    assert "link.key" in caplog.text
    assert "too short" not in caplog.text


def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.key").write_text("")
    with pytest.raises(PermanentError, match="damaged"):
        token(settings(secret="", home=tmp_path), "k")
