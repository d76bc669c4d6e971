"""The shell's part of the rules file keeps its secrets and cannot be changed."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from router.core.settings import Channel, Reading, StompSettings
from router.errors import Secret


def test_a_secret_does_not_show_in_what_is_printed() -> None:
    channel = Channel("sms", Secret("twilio://hidden"), personal=True)
    stomp = StompSettings("plant", "ws://x", ("/queue/a",), Reading("plant"), passcode=Secret("hidden"))
    assert "hidden" not in f"{channel!r} {channel} {stomp!r} {stomp}"


def test_settings_are_values() -> None:
    channel = Channel("sms", Secret("x"), personal=True)
    assert channel == Channel("sms", Secret("x"), personal=True, timeout=timedelta(seconds=20))
    with pytest.raises(FrozenInstanceError):
        channel.name = "other"  # type: ignore[misc]
