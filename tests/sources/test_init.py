"""The table of sources opens each kind; importing it costs nothing."""

import subprocess
import sys

from router.core.settings import Reading, SaverisSettings, StompSettings
from router.errors import Secret
from router.sources import SOURCES, unchanged
from router.sources.stomp import StompSource
from tests.sources.doors import FakeDoor

STOMP = StompSettings("s", "ws://127.0.0.1:1/", ("/queue/a",), Reading("s"))


async def test_both_kinds_open_as_a_source():
    saveris = SaverisSettings("s", STOMP, "user", Secret("password"), token_url="http://127.0.0.1:1/")
    for settings in (STOMP, saveris):
        source = SOURCES[type(settings)](settings, FakeDoor(), enrich=unchanged, last_received=None)
        assert isinstance(source, StompSource)


def test_importing_the_package_and_the_payloads_loads_no_network_code():
    program = "import sys, router.sources.payload; print(sorted({'trio', 'httpx2', 'ssl', 'h11'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
