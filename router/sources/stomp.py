"""A subscription to a STOMP broker over WebSocket that never gives up: connect, talk, find out why it ended, again.

What must not be here: frames and acknowledgements (`conversation`), the WebSocket (`link`), one vendor's tokens
(`saveris_source` hands in `Credentials`).
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NoReturn, Protocol
from urllib.parse import urlsplit

import trio

from router.core.settings import AckMode, StompSettings
from router.errors import Secret
from router.sources.backoff import Backoff
from router.sources.conversation import Conversation, Ended, Hooks
from router.sources.door import Door, Enrich, unchanged
from router.sources.faults import Faults
from router.sources.hush import hushed, secrets_in_url
from router.sources.link import LinkEndedError, Manner, Timeouts, with_link
from router.sources.refusals import NoToken, Refusal, printable, refusal_of
from router.sources.stomp_frames import RemoteProtocolError
from router.sources.watch import Watch

_LOG: Final = logging.getLogger("router.sources.stomp")
_SAME_FRAME: Final = 3
"""So many links in a row ended by an unreadable frame are a fault."""
_ERRORS_TO_AUTO: Final = 2
_LOOK_EVERY: Final = 30.0
_LAST_WORDS: Final = 2.0
"""Seconds that a stop waits for what an `auto` broker will not send again."""


class Credentials(Protocol):
    """What a broker wants to see on CONNECT."""

    async def headers(self) -> Mapping[str, Secret] | NoToken:
        """The headers, fetched anew when they must be; else why there are none. Never raises."""
        ...

    def refused(self) -> bool:
        """The broker refused them. True when others can be had, so that a try at once is worth it."""
        ...


class FixedCredentials:
    """Login and passcode, and whatever headers the rules file names."""

    def __init__(self, settings: StompSettings) -> None:
        pairs = {"login": Secret(settings.login) if settings.login else None, "passcode": settings.passcode}
        self._headers = {name: secret for name, secret in pairs.items() if secret is not None} | dict(settings.headers)

    async def headers(self) -> Mapping[str, Secret]:
        """Always the same."""
        return self._headers

    def refused(self) -> bool:
        """There are no others."""
        return False


class StompSource:
    """One broker, one connection at a time, all destinations on it."""

    def __init__(
        self,
        settings: StompSettings,
        door: Door,
        *,
        enrich: Enrich = unchanged,
        last_received: datetime | None = None,
        credentials: Credentials | None = None,
        backoff: Backoff | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        self._door = door
        self._enrich = enrich
        self._last_received = last_received
        self._credentials = credentials or FixedCredentials(settings)
        self._backoff = backoff or Backoff(first=1.0, longest=60.0)
        self._timeouts = timeouts or Timeouts()
        self._manner = Manner()
        self._faults = Faults(door)
        self._ack: AckMode = settings.ack
        self._refused_until: dict[str, float] = {}
        self._accepted: dict[str, None] = {}
        self._errors_before_message = 0
        self._unreadable = 0
        self._renewed = False
        self._nudged = trio.Event()
        self._told = trio.Event()
        self._conversation: Conversation | None = None

    async def run(self) -> NoReturn:
        """Read for ever. Never returns; ended by cancelling, which closes the link in bounded time.

        Absorbs every way in which a link or a broker can end a connection; what lasts becomes a fault.
        """
        settings = self._settings
        self._watch = Watch(
            settings.name,
            self._door,
            faults=self._faults,
            link_timeout=settings.link_timeout,
            expect=settings.expect,
            last_received=self._last_received,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch.run)
            nursery.start_soon(self._tell_accepted)
            nursery.start_soon(self._look_after)
            while True:
                ended = await self._attempt()
                await self._pause(ended)
        raise AssertionError("the loop above has no end")

    def nudge(self) -> None:
        """Try again at once, unless the broker has forbidden every attempt for a while (its rate limit)."""
        self._backoff.forget()
        self._renewed = False
        self._refused_until = dict.fromkeys(self._refused_until, trio.current_time())
        nudged, self._nudged = self._nudged, trio.Event()
        nudged.set()

    # ---- one connection

    async def _attempt(self) -> Ended | NoToken:
        credentials = await self._credentials.headers()
        if isinstance(credentials, NoToken):
            return credentials
        host = self._settings.host or urlsplit(self._settings.url).hostname or ""
        conversation = Conversation(
            self._settings,
            self._door,
            enrich=self._enrich,
            hooks=Hooks(connected=self._on_connected, accepted=self._on_accepted, heard=self._on_heard),
            destinations=self._allowed(),
            headers={"host": host, **credentials},
            ack=self._ack,
        )
        self._conversation = conversation
        try:
            ended = await with_link(
                self._settings.url,
                conversation.run,
                tls=self._settings.tls,
                timeouts=self._timeouts,
                manner=self._manner,
            )
        except LinkEndedError as error:
            ended = Ended(hushed(error.reason, secrets_in_url(self._settings.url)))
        except trio.Cancelled:
            with trio.move_on_after(_LAST_WORDS, shield=True):
                await conversation.finish()
            raise
        finally:
            self._conversation = None
        await conversation.finish()
        return ended

    def _allowed(self) -> list[str]:
        """The destinations to ask for now; those whose time has come again are forgotten as refused."""
        now = trio.current_time()
        self._refused_until = {one: until for one, until in self._refused_until.items() if until > now}
        return [one for one in self._settings.destinations if one not in self._refused_until]

    def _on_connected(self) -> None:
        self._renewed = False

    def _on_accepted(self, destination: str) -> None:
        self._watch.up()
        self._refused_until.pop(destination, None)
        self._accepted[destination] = None
        self._told.set()

    def _on_heard(self) -> None:
        self._watch.heard()
        self._errors_before_message = 0

    # ---- what lasts beside the connection

    async def _tell_accepted(self) -> NoReturn:
        """Ends of faults are told from here, because a conversation must not wait for the door to read on."""
        while True:
            self._told = trio.Event()
            while self._accepted:
                destination, _ = self._accepted.popitem()
                await self._faults.end(self._channel_cause(destination), "subscribed")
                await self._tell_mode()
            await self._told.wait()

    async def _tell_mode(self) -> None:
        cause = f"source {self._settings.name} ack mode"
        if self._ack == self._settings.ack:
            await self._faults.end(cause)
            return
        text = (
            f"the broker refused acknowledgements ({self._settings.ack}) twice: now it forgets each message once it is "
            "sent (auto), so that a crash may lose alarms. Tried again at the next start"
        )
        await self._faults.tell(cause, text)

    async def _look_after(self) -> NoReturn:
        """What comes with time on a connection that lives: refused destinations again, and the end of a bad frame."""
        while True:
            conversation = self._conversation
            if conversation is not None:
                for destination in self._due_again():
                    conversation.subscribe(destination)
                if conversation.age >= self._backoff.stable:
                    self._unreadable = 0
                    await self._faults.end(self._unreadable_cause)
            with trio.move_on_after(_LOOK_EVERY):
                await self._nudged.wait()

    def _due_again(self) -> list[str]:
        before = set(self._refused_until)
        return [one for one in self._allowed() if one in before]

    def _channel_cause(self, destination: str) -> str:
        return f"source {self._settings.name} channel {destination}"

    # ---- why it ended, and what then

    async def _pause(self, ended: Ended | NoToken) -> None:
        self._watch.down(ended.reason)
        _LOG.warning("not connected", extra={"source": self._settings.name, "reason": ended.reason})
        if isinstance(ended, NoToken):
            await self._pause_without_token(ended)
            return
        await self._count_unreadable(ended)
        refusal = None
        if ended.error is not None:
            refusal = refusal_of(ended.error.message, ended.error.headers, ended.error.body)
            self._reconsider_mode(ended, refusal)
        wait = self._backoff.after(ended.lasted)
        match refusal:
            case Refusal("rate"):
                await self._sleep(refusal.hold.total_seconds(), firm=True)
            case Refusal("authorization"):
                await self._pause_for_authorization(refusal, wait)
            case Refusal("connections"):
                await self._tell_link(
                    f"{refusal.text} Another program uses this account, or an old link is not gone yet"
                )
                await self._sleep(refusal.hold.total_seconds())
            case Refusal("subscription"):
                await self._leave_out(refusal, wait)
            case _:
                await self._sleep(wait)

    async def _pause_without_token(self, failed: NoToken) -> None:
        if failed.needs_person:
            await self._tell_link(failed.reason)
        await self._sleep(max(failed.hold.total_seconds(), self._backoff.after(0.0)))

    async def _pause_for_authorization(self, refusal: Refusal, wait: float) -> None:
        if self._credentials.refused() and not self._renewed:
            self._renewed = True
            await self._sleep(min(wait, 5.0))
            return
        await self._tell_link(f"the broker refuses our authorization: {refusal.text}. Tried again every 15 minutes")
        await self._sleep(refusal.hold.total_seconds())

    async def _leave_out(self, refusal: Refusal, wait: float) -> None:
        """Go on without the refused destination; when none is left, wait until the first may be tried again."""
        refused = self._named_by(refusal.queue)
        if not refused:
            await self._sleep(max(wait, refusal.hold.total_seconds() if not self._allowed() else 0.0))
            return
        for destination in refused:
            self._refused_until[destination] = trio.current_time() + refusal.hold.total_seconds()
            await self._faults.tell(self._channel_cause(destination), f"{refusal.text}. Tried again every hour")
        if self._allowed():
            await self._sleep(wait)
        else:
            await self._sleep(min(self._refused_until.values()) - trio.current_time())

    def _named_by(self, queue: str) -> list[str]:
        """The destinations that a refusal means: `measurements` is `/queue/<user>/measurements`."""
        allowed = self._allowed()
        named = [
            one for one in allowed if one == queue or (queue and one.rpartition("/")[2] == queue.rpartition("/")[2])
        ]
        return named or (allowed if len(allowed) == 1 else [])

    def _reconsider_mode(self, ended: Ended, refusal: Refusal) -> None:
        """Fall back to `auto` when acknowledgements seem to be what is refused; back again when it is not that."""
        if refusal.kind != "other" or not ended.unsettled:
            self._errors_before_message = 0
            return
        self._errors_before_message += 1
        if self._errors_before_message >= _ERRORS_TO_AUTO and self._settings.ack != "auto":
            self._errors_before_message = 0
            self._ack = "auto" if self._ack != "auto" else self._settings.ack

    async def _count_unreadable(self, ended: Ended) -> None:
        """Links in a row that an unreadable frame ended: the broker sends it again, whatever its id is then."""
        if ended.lasted >= self._backoff.stable:
            self._unreadable = 0
        if ended.broken is None:
            return
        self._unreadable += 1
        if self._unreadable >= _SAME_FRAME:
            await self._faults.tell(self._unreadable_cause, _unreadable_text(ended.broken))

    @property
    def _unreadable_cause(self) -> str:
        return f"source {self._settings.name} unreadable"

    async def _tell_link(self, text: str) -> None:
        await self._faults.tell(self._watch.link_cause, text)

    async def _sleep(self, seconds: float, *, firm: bool = False) -> None:
        """Wait; a nudge ends it unless the wait is firm."""
        with trio.move_on_after(seconds):
            if firm:
                await trio.sleep_forever()
            await self._nudged.wait()


def _unreadable_text(broken: RemoteProtocolError) -> str:
    named = printable(
        f"destination {broken.destination or '(not told)'}, message-id {broken.message_id or '(not told)'}"
    )
    return (
        f"a frame that cannot be read ended the link {_SAME_FRAME} times: {broken.reason} ({named}). "
        "Alarms behind it wait until it is removed from the queue"
    )
