"""What a publisher of another language and another codec sends arrives with us as it was meant."""

import json
import subprocess
from pathlib import Path

import pytest
import trio

from router.core.inputs import EventReceived
from tests.integration.machine import missing, needed
from tests.integration.test_brokers import first_message, world

HERE = Path(__file__).parent
ODD = {"odd": "a:b\\c\nd", "umlaut": "Kühlraum"}


@pytest.fixture
def stompjs():
    node = needed("node", "nodejs")
    if not (HERE / "node_modules" / "@stomp" / "stompjs").is_dir():
        missing("@stomp/stompjs", "npm ci --prefix tests/integration")

    def publish(broker, messages):
        asked = {"url": broker.url, "login": broker.login, "passcode": broker.passcode, "messages": messages}
        command = [node, HERE / "publish.mjs"]
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr.decode()

    return publish


def message(queue, number, text):
    body = {
        "uuid": f"js{number:02}",
        "alarm_status": "Alarm",
        "serial_number": str(number),
        "alarm_condition_type": text,
    }
    headers = {"content-type": "application/json", **ODD}
    return {"destination": queue, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}


async def test_alarms_of_stompjs_arrive_in_order_with_every_character(rabbit, queue, stompjs):
    texts = [f"Kühlzelle {number} – 冷凍庫 🧊 \u2028 “°C”" for number in range(50)]
    stompjs(rabbit, [message(queue, number, text) for number, text in enumerate(texts)])
    async with world(rabbit, queue) as it:
        await it.door.until(lambda: len(it.door.ids()) == 50)
        events = [item.event for item in it.door.inputs if isinstance(item, EventReceived)]
        assert [event.condition_type for event in events] == texts
        assert it.door.rejected() == []


async def test_header_escapes_of_stompjs_mean_the_same_to_us(rabbit, queue, stompjs):
    await trio.to_thread.run_sync(stompjs, rabbit, [message(queue, 1, "x")])
    received = await first_message(rabbit, queue)
    assert {name: received.headers.get(name) for name in ODD} == ODD
