"""How fast STOMP frames are read and written, as JSON lines; the floor is `find` and `split` alone, in the same run.

Each figure is the median of several rounds, by CPU time of one core. The message is 720 octets: 8 headers, body of 530.
Run: python bench/codec.py
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from router.sources.stomp_frames import Decoder, Frame, encode
from router.sources.stomp_protocol import Session

ROUNDS = 7
FRAMES = 20_000
HEAD = (
    b"MESSAGE\nsubscription:sub-0\ndestination:/queue/cold-chain-1/alarms\nmessage-id:%b\nredelivered:false\n"
    b"ack:%b\ncontent-type:application/json\ntype:pump\ncontent-length:530\n\n"
)


def message(message_id: bytes) -> bytes:
    return HEAD % (message_id, message_id) + b"x" * 530 + b"\0"


PLAIN = message(b"T_sub-0@@1f@@1")
ESCAPED = message(b"ID\\cb-4d60\\c1\\c1")
assert len(PLAIN) == 720, len(PLAIN)


def decoded(octets: bytes, at_once: int) -> Callable[[], object]:
    decoder, data = Decoder(), octets * at_once

    def run() -> None:
        for _ in range(FRAMES // at_once):
            decoder.feed(data)

    return run


def received() -> None:
    session = Session()
    session.connect({}, now=0.0)
    session.receive(b"CONNECTED\nversion:1.2\n\n\0", now=0.0)
    session.subscribe("sub-0", "/queue/cold-chain-1/alarms", now=0.0)
    for _ in range(FRAMES):
        session.receive(PLAIN, now=0.0)


def encoded() -> None:
    ack = Frame("ACK", {"id": "T_sub-0@@1f@@1"})
    for _ in range(FRAMES):
        encode(ack)


def floor() -> None:
    for _ in range(FRAMES):
        end = PLAIN.find(b"\n\n")
        lines = PLAIN[:end].decode().split("\n")
        dict(line.split(":", 1) for line in lines[1:])
        bytes(PLAIN[end + 2 : PLAIN.find(b"\0", end + 532)])


def rate(run: Callable[[], object]) -> list[float]:
    run()
    rates = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        run()
        rates.append(FRAMES / (time.process_time() - begin))
    return rates


def main() -> None:
    cases = {
        "floor: find and split": floor,
        "decode, a frame a message": decoded(PLAIN, 1),
        "decode, with escapes": decoded(ESCAPED, 1),
        "decode, 50 frames a message": decoded(PLAIN, 50),
        "session: octets to event": received,
        "encode ACK": encoded,
    }
    least = 0.0
    for name, run in cases.items():
        rates = rate(run)
        median = statistics.median(rates)
        least = least or median
        figures = {"frames_per_s": round(median), "best": round(max(rates)), "of_the_floor": round(median / least, 2)}
        print(json.dumps({"bench": "codec", "case": name, **figures, "rounds": ROUNDS}))


if __name__ == "__main__":
    main()
