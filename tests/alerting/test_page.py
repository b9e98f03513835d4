"""The page behind a link, over real HTTP: to look changes nothing, buttons do what they say, once."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.links import token
from ops_platform.alerting.web import app
from ops_platform.state import ACK_NONCE, EPISODE_EVENT, METADATA, OUTBOX, State
from tests.alerting.conftest import HAN, LI, NOW, Script, desk, episodes, evaluate, outage, outbox
from tests.alerting.pages import installation, served, text

MINUTE = timedelta(minutes=1)
PAIR = (LI, HAN)
TOM = replace(LI, staff_id="E09", name="Tom <b>Ace</b>", language="en")


def everything(state: State) -> object:
    return [state.rows(sa.select(table)) for table in METADATA.sorted_tables]


def said(state: State) -> list[str]:
    query = sa.select(EPISODE_EVENT.c.kind, EPISODE_EVENT.c.detail).order_by(EPISODE_EVENT.c.id)
    query = query.where(EPISODE_EVENT.c.kind.in_(["acknowledged", "handed_over"]))
    return [f"{row['kind']}: {row['detail']}" for row in state.rows(query)]


def test_to_look_changes_nothing_whoever_looks(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    before = everything(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
            answer = reader.ask(method, reader.url(row))
            assert answer.status == (200 if method in {"GET", "HEAD"} else 405)
        assert reader.ask("HEAD", reader.url(row)).data == b""
    assert everything(state) == before


def test_it_says_what_is_the_matter_now_the_most_urgent_first(state: State, tmp_path: Path) -> None:
    sites = [outage("S2", deadline_min=90), outage("S1", deadline_min=42), outage("S3", deadline_min=60)]
    evaluate(state, *sites)
    (row,) = outbox(state)
    first = episodes(state)[0]["id"]
    acknowledge(state, desk(), [first], "E07", NOW)
    evaluate(state, *sites[:2], outage("S4", deadline_min=99), now=NOW + MINUTE)
    with served(installation(state, tmp_path, ("E07", 1), frozen_at=NOW + 2 * MINUTE)) as reader:
        page = text(reader.get(row))
    assert "1 项待认领，1 项已有人认领，1 项已解除" in page
    assert "又发生 1 项同类告警" in page
    assert "S1 站，还剩 40 分钟 截至 13:20" in page
    lines = page[page.index("具体情况") :]
    told = ["S1 站", "待认领", "S2 站", "李雷 已于 13:18 认领，15:18 前不再提醒", "S3 站", "已解除"]
    places = [lines.rindex(part) for part in told]
    assert places == sorted(places)


def test_a_button_takes_it_on_with_note_and_false_alarm(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader:
        assert "尚无人认领" in reader.get(row)
        answer = reader.post(row, act="acknowledge", note=" 表计\r\n故障 ", false_alarm="yes")
        assert (answer.status, answer.headers["Location"]) == (303, "?lang=zh&done=acknowledge")
        after = text(reader.get(row, answer.headers["Location"]))
    (episode,) = episodes(state)
    assert (episode["state"], episode["acked_by"], episode["false_alarm"]) == ("acked", "E07", True)
    assert said(state) == ["acknowledged: E07: false alarm: 表计 故障"]
    assert "已记录：由您处理" in after
    assert "李雷 已于 13:18 认领" in after
    assert "由我" not in after, "it is theirs, there is nothing more to take"


def test_a_replay_is_refused_and_changes_nothing(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader:
        reader.post(row, act="acknowledge")
        before = everything(state)
        answer = reader.post(row, act="acknowledge")
        assert answer.status == 403
        assert "此链接无法使用" in answer.data.decode()
        assert "ops alerts ack" in answer.data.decode()
    assert everything(state) == before


def test_forged_old_and_misplaced_links_get_one_and_the_same_page(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    platform = installation(state, tmp_path, ("E07", 1))
    late = installation(state, tmp_path, ("E07", 1), frozen_at=NOW + timedelta(hours=24))
    good = token(platform.settings, row["key"])
    before, pages = everything(state), set()
    with served(platform) as reader, served(late) as latecomer:
        paths = (f"a/{good[:-1]}", f"a/x{good}", f"b/{good}", good, f"a/{good}/", "a/", "a/%F0%9F", "")
        urls = [f"http://127.0.0.1:{reader.port}/{path}" for path in paths]
        for url in [*urls, latecomer.url(row)]:
            for method in ("GET", "POST"):
                answer = reader.ask(method, f"{url}?lang=en", body="act=acknowledge" if method == "POST" else None)
                assert answer.status in {403, 404, 405}
                pages.add(answer.data)
    assert everything(state) == before
    assert len(pages) == 1
    assert "This link cannot be used" in pages.pop().decode()


def test_in_a_room_one_says_who_one_is_and_another_may_take_over(state: State, tmp_path: Path) -> None:
    evaluate(state, outage(), people=PAIR, channels=("room",))
    (row,) = outbox(state)
    channels = {"room": Script(by="", name="room")}
    with served(installation(state, tmp_path, ("E07", 1), ("E08", 1)), channels) as reader:
        for who in ({}, {"who": "E99"}, {"who": ""}):
            answer = reader.post(row, act="acknowledge", note="在路上", **who)
            assert answer.status == 400
            assert "请先选择您是谁" in answer.data.decode()
            assert 'value="在路上"' in answer.data.decode()
        assert not said(state)
        reader.post(row, act="acknowledge", who="E08")
        page = reader.get(row)
        assert "由我接手（韩梅梅 已认领）" in page
        assert reader.post(row, act="hand_over", who="E08", to="E08").status == 400, "not to oneself"
        answer = reader.post(row, act="take_over", who="E07")
        assert answer.headers["Location"].endswith("done=take_over")
    assert said(state) == ["acknowledged: E08", "acknowledged: E07"]
    assert episodes(state)[0]["acked_by"] == "E07"


def test_of_two_at_once_both_are_noted_and_one_was_first(state: State, tmp_path: Path) -> None:
    evaluate(state, outage(), people=PAIR)
    rows, together = outbox(state), Barrier(2)
    with served(installation(state, tmp_path, ("E07", 1), ("E08", 1))) as reader, ThreadPoolExecutor(2) as threads:

        def press(row: dict[str, object]) -> str:
            together.wait()
            return reader.post(row, act="acknowledge").headers["Location"]

        done = list(threads.map(press, rows))
        first = episodes(state)[0]["acked_by"]
        assert sorted(where.rpartition("=")[2] for where in done) == ["acknowledge", "late"]
        second = "E08" if first == "E07" else "E07"
        assert said(state) == [f"acknowledged: {first}", f"acknowledged: {second}, after {first}"]
        late = next(row for row in rows if row["recipient"] == second)
        assert "有人先您一步" in reader.get(late, "?done=late")
        assert reader.post(late, act="take_over").status == 303
    assert episodes(state)[0]["acked_by"] == second


def test_the_same_pressed_twice_at_once_counts_once(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: reader.post(row, act="acknowledge").status, range(8)))
    assert sorted(answers) == [303] + [403] * 7
    assert len(said(state)) == len(state.rows(sa.select(ACK_NONCE))) == 1


def test_it_is_handed_over_to_somebody_else_on_duty_who_is_told(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1), ("E08", 2))) as reader:
        page = reader.get(row)
        assert '<option value="E08">韩梅梅</option>' in page
        assert "E07" not in page, "not to oneself"
        for to in ("", "E07", "E09", "E99"):
            assert reader.post(row, act="hand_over", to=to).status == 400
        answer = reader.post(row, act="hand_over", to="E08", note="我在甲站")
        assert answer.headers["Location"].endswith("done=hand_over")
        assert reader.post(row, act="hand_over", to="E08").status == 403
    assert said(state) == ["handed_over: E07 to E08: 我在甲站"]
    assert [(row["recipient"], row["payload"]["why"]) for row in outbox(state)][1:] == [("E08", "handed_over")]


def test_what_another_has_taken_on_is_not_handed_over(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    acknowledge(state, desk(), [episodes(state)[0]["id"]], "E08", NOW)
    with served(installation(state, tmp_path, ("E07", 1), ("E08", 2))) as reader:
        assert reader.post(row, act="hand_over", to="E08").headers["Location"].endswith("done=late")
    assert episodes(state)[0]["acked_by"] == "E08"


def test_where_no_channel_reaches_the_other_nothing_is_lost(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1), ("E08", 2)), {}) as reader:
        answer = reader.post(row, act="hand_over", to="E08")
        assert (answer.status, "没有渠道可以通知此人" in answer.data.decode()) == (400, True)
        assert reader.post(row, act="acknowledge").status == 303, "the link is not used up"


def test_when_all_is_over_it_says_so_and_asks_for_nothing(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    drain(state, {"webhook": Script()}, lambda: NOW)
    evaluate(state, now=NOW + MINUTE)
    with served(installation(state, tmp_path, ("E07", 1), frozen_at=NOW + 2 * MINUTE)) as reader:
        page = reader.get(row)
    assert "已全部解除" in page
    assert "<form" not in page


def test_the_first_language_is_the_recipients_and_may_be_changed(state: State, tmp_path: Path) -> None:
    evaluate(state, outage(), people=[TOM])
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E09", 1))) as reader:
        english, chinese = reader.get(row), reader.get(row, "?lang=zh")
        assert '<html lang="en">' in english
        assert "Nobody has taken this on yet" in english
        assert '<html lang="zh-CN">' in chinese
        assert reader.post(row, act="acknowledge", lang="zh").headers["Location"].startswith("?lang=zh")


def test_names_from_files_are_text_and_never_markup(state: State, tmp_path: Path) -> None:
    evil = outage("<script>alert(1)</script>\"'")
    evaluate(state, evil, people=[TOM])
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E09", 1))) as reader:
        pages = [reader.get(row), reader.post(row, act="no", note='"><img src=x>').data.decode()]
        reader.post(row, act="acknowledge")
        pages.append(reader.get(row, "?done=<b>"))
    for page in pages:
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>" not in page
    assert "Tom &lt;b&gt;Ace&lt;/b&gt;" in pages[0]


def test_every_answer_may_be_kept_framed_scripted_and_passed_on_by_nobody(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader:
        nowhere = f"http://127.0.0.1:{reader.port}/"
        answers = [reader.ask(*one) for one in (("GET", reader.url(row)), ("GET", nowhere), ("PUT", reader.url(row)))]
        answers += [reader.post(row, act=act) for act in ("acknowledge", "acknowledge", "x")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"act=acknowledge&note=" + b"x" * 16_384, 413), (b"a=b&" * 30, 400), (b"\xff\xfe%ff", 400), (b"", 400)],
)
def test_too_much_or_nothing_sensible_is_refused(sqlite_state: State, tmp_path: Path, body: bytes, status: int) -> None:
    evaluate(sqlite_state, outage())
    (row,) = outbox(sqlite_state)
    before = everything(sqlite_state)
    with served(installation(sqlite_state, tmp_path, ("E07", 1))) as reader:
        assert reader.ask("POST", reader.url(row), body=body).status == status
    assert everything(sqlite_state) == before


def test_who_sends_no_end_is_not_waited_for(
    sqlite_state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_BODY_WITHIN_S", 0.2)
    evaluate(sqlite_state, outage())
    (row,) = outbox(sqlite_state)
    with served(installation(sqlite_state, tmp_path, ("E07", 1))) as reader:
        path = reader.url(row).partition(f":{reader.port}")[2]
        with socket.create_connection(("127.0.0.1", reader.port), timeout=5) as slow:
            slow.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nact=acknowledge".encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
    assert said(sqlite_state) == []


def test_a_long_note_is_kept_to_a_bound(sqlite_state: State, tmp_path: Path) -> None:
    evaluate(sqlite_state, outage())
    (row,) = outbox(sqlite_state)
    with served(installation(sqlite_state, tmp_path, ("E07", 1))) as reader:
        reader.post(row, act="acknowledge", note="x" * 1000)
    assert said(sqlite_state) == ["acknowledged: E07: " + "x" * 300]


def test_a_storm_is_listed_up_to_a_hundred_and_taken_on_whole(state: State, tmp_path: Path) -> None:
    evaluate(state, *(outage(f"S{n:03}", deadline_min=30 + n) for n in range(120)))
    (row,) = outbox(state)
    with served(installation(state, tmp_path, ("E07", 1))) as reader:
        page = reader.get(row)
        assert page.count("<li ") == 100
        assert "另有 20 项未列出" in page
        reader.post(row, act="acknowledge")
    assert {row["state"] for row in episodes(state)} == {"acked"}


def test_while_the_ledger_is_away_it_says_that_nothing_was_noted(sqlite_state: State, tmp_path: Path) -> None:
    evaluate(sqlite_state, outage())
    (row,) = outbox(sqlite_state)
    with served(installation(sqlite_state, tmp_path, ("E07", 1))) as reader:
        reader.get(row)
        with sqlite_state.transaction() as connection:
            connection.execute(sa.text("ALTER TABLE outbox RENAME TO away"))
        answer = reader.post(row, act="acknowledge")
        assert (answer.status, "没有被记录" in answer.data.decode()) == (503, True)


def test_who_pages_by_itself_hears_that_all_of_it_is_taken_on(state: State) -> None:
    told = desk(channels=("webhook", "smtp"))
    told.channels["webhook"].hears_acknowledgement = True
    evaluate(state, outage("S1"), outage("S2"), channels=("webhook", "smtp"))
    drain(state, {name: Script(name=name) for name in ("webhook", "smtp")}, lambda: NOW)
    first, second = (row["id"] for row in episodes(state))
    acknowledge(state, told, [first], "E07", NOW + MINUTE)
    assert len(outbox(state)) == 2, "a part of it is still to be told"
    acknowledge(state, told, [second], "E08", NOW + 2 * MINUTE)
    acknowledge(state, told, [first], "E08", NOW + 3 * MINUTE)
    messages = state.rows(sa.select(OUTBOX).where(OUTBOX.c.kind == "acknowledged"))
    assert [(row["channel"], row["payload"]["kind"], row["title"]) for row in messages] == [
        ("webhook", "acknowledged", "【E08 已认领】立即出发发电：S2 站")
    ]


def test_who_never_heard_of_it_does_not_hear_that_it_is_taken_on(state: State) -> None:
    told = desk()
    told.channels["webhook"].hears_acknowledgement = True
    evaluate(state, outage())
    acknowledge(state, told, [episodes(state)[0]["id"]], "E07", NOW + MINUTE)
    assert [row["state"] for row in outbox(state)] == ["withdrawn"]
