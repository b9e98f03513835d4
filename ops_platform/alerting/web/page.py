"""The page behind a message's link: to look changes nothing, whoever or whatever looks; only its buttons do."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import jinja2
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_platform.alerting.acknowledge import acknowledge, hand_over
from ops_platform.alerting.channels import Channel
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.evaluation import desk_of
from ops_platform.alerting.links import Act, message_of
from ops_platform.alerting.web.view import others_on_duty, recipients, told_in, view_of
from ops_platform.alerting.web.words import WORDS
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Language

LONGEST_NOTE = 300
SHOWN_AT_ONCE = 8
"""More episodes are unfolded on demand, so that the buttons are near."""
_HERE = Path(__file__).parent
_DONE = {*get_args(Act), "late"}

Row = Mapping[str, Any]
Fields = Mapping[str, str]


class Mistake(Exception):  # noqa: N818 - of the person, who is told and tries again
    """Something is missing in what a person sent; holds the word that says what."""


class AcknowledgePage:
    """Shows what a message tells now, and takes down what its reader does about it.

    Parameters
    ----------
    platform
        The installation.
    channels
        The channels in force.
    """

    def __init__(self, platform: Platform, channels: Mapping[str, Channel]) -> None:
        self._platform, self._channels = platform, channels
        self._style = (_HERE / "style.css").read_text("utf-8")
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def style_hash(self) -> str:
        """The hash by which a content security policy allows the page's style."""
        return "sha256-" + base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()

    def get(self, request: Request) -> Response:
        """Show; changes nothing."""
        now = self._platform.now()
        message, desk = self._open(request, now)
        done = request.query_params.get("done", "")
        language = _language(request.query_params, desk.language_of(recipients(message)))
        return self._show(message, desk, language, now, done=done if done in _DONE else "")

    async def post(self, request: Request, fields: Fields) -> Response:
        """Take down what the person does, and show what has become of it."""
        return await run_in_threadpool(self._post, request, fields)

    def notice(self, request: Request, about: str, status: int) -> Response:
        """Return a page that says why nothing was done, and what to do."""
        language = _language(request.query_params, self._platform.settings.language)
        return self._render("notice.html.j2", language, status, about=about)

    def _post(self, request: Request, fields: Fields) -> Response:
        now = self._platform.now()
        message, desk = self._open(request, now)
        language = _language(fields, desk.language_of(recipients(message)))
        try:
            done = self._act(message, desk, fields, now)
        except Mistake as mistake:
            return self._show(message, desk, language, now, 400, problem=str(mistake), filled=fields)
        return RedirectResponse(f"?lang={language}&done={done}", 303)

    def _open(self, request: Request, now: datetime) -> tuple[Row, Desk]:
        message = message_of(self._platform.state, self._platform.settings, request.path_params["token"], now)
        return message, desk_of(self._platform, self._channels, now)

    def _act(self, message: Row, desk: Desk, fields: Fields, now: datetime) -> str:
        """Do what a person asks for; return what was done."""
        state, key, act = self._platform.state, message["key"], fields.get("act")
        sent_to = [person.staff_id for person in recipients(message)]
        who = sent_to[0] if len(sent_to) == 1 else fields.get("who", "")
        if who not in sent_to:
            raise Mistake("choose_who")
        note = " ".join(fields.get("note", "").split())[:LONGEST_NOTE]
        told = told_in(state, message)
        if act in {"acknowledge", "take_over"}:
            taken = acknowledge(
                state, desk, [row["id"] for row in told], who, now, note,
                false_alarm="false_alarm" in fields, take_over=act == "take_over", by_link=key,
            )  # fmt: skip
            return str(act) if taken else "late"
        if act != "hand_over":
            raise Mistake("not_known")
        chosen = [one for one in others_on_duty(state, desk, message) if one.staff_id == fields.get("to") != who]
        if not chosen:
            raise Mistake("choose_to")
        own = [row["id"] for row in told if row["state"] != "acked" or row["acked_by"] == who]
        try:
            given = hand_over(state, desk, own, who, chosen[0], now, note, by_link=key)
        except PermanentError:
            raise Mistake("unreachable") from None
        return "hand_over" if given else "late"

    def _show(
        self, message: Row, desk: Desk, language: Language, now: datetime, status: int = 200, *,
        done: str = "", problem: str = "", filled: Fields | None = None,
    ) -> Response:  # fmt: skip
        view = view_of(self._platform, desk, message, language, now)
        kept = {"who": "", "note": "", "false_alarm": ""} | dict(filled or {})
        return self._render("alert.html.j2", language, status, view=view, done=done, problem=problem, filled=kept)

    def _render(self, template: str, language: Language, status: int, **values: Any) -> Response:
        settings = self._platform.settings

        def say(word: str, **fields: object) -> str:
            return WORDS[word].in_language(language).format(**fields)

        html = self._templates.get_template(template).render(
            t=say,
            language=language,
            branch=settings.branch if language == "zh" else settings.branch_en,
            css=Markup(self._style),  # noqa: S704 - our own file
            longest_note=LONGEST_NOTE,
            shown_at_once=SHOWN_AT_ONCE,
            **values,
        )
        return HTMLResponse(html, status)


def _language(fields: Mapping[str, str], otherwise: Language) -> Language:
    asked = fields.get("lang")
    return "zh" if asked == "zh" else "en" if asked == "en" else otherwise
