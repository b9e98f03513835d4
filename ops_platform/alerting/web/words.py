"""What the page says, in both languages."""

from collections.abc import Mapping

from ops_platform.alerting.rules import Words

WORDS: Mapping[str, Words] = {
    "other_language": Words("English", "中文"),
    "as_of": Words("截至 {at}", "as of {at}"),
    "nobody_yet": Words("尚无人认领", "Nobody has taken this on yet"),
    "taken": Words("{who} 已于 {at} 认领", "Taken on by {who} at {at}"),
    "all_over": Words("已全部解除，无需处理", "All of it is over, nothing is left to do"),
    "count_open": Words("{count} 项待认领", "{count} not taken on"),
    "count_taken": Words("{count} 项已有人认领", "{count} taken on"),
    "count_over": Words("{count} 项已解除", "{count} over"),
    "item_open": Words("待认领", "not taken on"),
    "item_taken": Words(
        "{who} 已于 {at} 认领，{until} 前不再提醒", "taken on by {who} at {at}, no reminder before {until}"
    ),
    "item_over": Words("已解除", "over"),
    "items": Words("具体情况", "What is the matter"),
    "rest": Words("其余 {count} 项", "{count} others"),
    "more": Words(
        "另有 {count} 项未列出，认领时一并认领。", "{count} more are not listed; they are taken on with the others."
    ),
    "joined": Words(
        "此消息之后又发生 {count} 项同类告警，会另发消息，不在此处认领。",
        "{count} more of the same kind came after this message; they have a message of their own.",
    ),
    "advice": Words("怎么办", "What to do"),
    "who": Words("您是谁？", "Who are you?"),
    "as_person": Words("您的身份：{who}", "You are {who}"),
    "note": Words("备注（可不填）", "Note (optional)"),
    "note_hint": Words("已出发，40 分钟到站", "on my way, there in 40 min"),
    "false_alarm": Words("误报：现场没有问题", "False alarm: nothing was the matter"),
    "acknowledge": Words("由我处理", "I take this on"),
    "take_over": Words("由我接手（{who} 已认领）", "I take over from {who}"),
    "give": Words("转交给值班的其他人", "Hand over to somebody else on duty"),
    "to": Words("转交给", "Hand over to"),
    "choose": Words("请选择", "Choose"),
    "hand_over": Words("转交", "Hand over"),
    "nobody_else": Words(
        "当前没有其他人值班。可用命令 ops alerts give {number} --to 工号 转交给任何人。",
        "Nobody else is on duty now. ops alerts give {number} --to STAFF_ID reaches anybody.",
    ),
    "done_acknowledge": Words("已记录：由您处理。", "Noted: this is yours."),
    "done_take_over": Words("已记录：由您接手。", "Noted: you have taken over."),
    "done_hand_over": Words("已转交，对方正在收到通知。", "Handed over; they are being told."),
    "done_late": Words(
        "您的认领已记录，但有人先您一步认领；由先认领的人处理。如需接手，请点下方按钮。",
        "Your word is noted, but somebody was faster; it is theirs. To take over, use the button below.",
    ),
    "choose_who": Words("请先选择您是谁。", "Say who you are first."),
    "choose_to": Words("请先选择转交给谁。", "Choose first to whom."),
    "not_known": Words("无法识别这个操作，请重试。", "That was not understood, please try again."),
    "unreachable": Words(
        "没有渠道可以通知此人，未转交。请选择其他人。",
        "No channel reaches that person; nothing was handed over. Choose another.",
    ),
    "refused": Words("此链接无法使用", "This link cannot be used"),
    "refused_why": Words(
        "链接不完整、已过期，或此操作已经用它做过一次。没有做任何更改。",
        "It is incomplete, too old, or was used for this once already. Nothing was changed.",
    ),
    "refused_do": Words(
        "请打开最近一条告警消息中的完整链接；若没有，请在服务器上执行 ops alerts ack 编号，"
        "或在 Dagster 中运行作业 acknowledge_alerts。告警在有人认领之前会继续提醒。",
        "Open the whole link of the newest message. If there is none, run ops alerts ack NUMBER on the server, or the "
        "job acknowledge_alerts in Dagster. Reminders go on until somebody takes it on.",
    ),
    "unavailable": Words("暂时无法处理", "Not possible just now"),
    "unavailable_why": Words(
        "告警台账暂时无法访问，您的操作没有被记录。", "The ledger cannot be reached; nothing was noted."
    ),
    "unavailable_do": Words(
        "请一分钟后重试。若急需处理，请直接出发，并电话告知值班领导。",
        "Try again in a minute. If it is urgent, go, and tell the person in charge by telephone.",
    ),
}
