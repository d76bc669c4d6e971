"""A place where notifications arrive: a process that answers 200 to every request and notes when it did.

What must not be here: a measurement. What marks a text is `P` and eight digits; instants are of the system-wide
monotonic clock, so that other processes can compare theirs.
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = re.compile(rb"P(\d{8})")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Catcher:
    """`url` for Apprise."""

    def __init__(self, port: int, arrived: Path) -> None:
        self.url = f"json://127.0.0.1:{port}/"
        self._arrived = arrived

    def arrived(self) -> dict[int, float]:
        """When each mark was answered first."""
        found: dict[int, float] = {}
        for line in self._arrived.read_text().splitlines():
            mark, at = line.split()
            found.setdefault(int(mark), float(at))
        return found


@contextmanager
def catcher(folder: Path) -> Iterator[Catcher]:
    """A catcher in a process of its own; `folder` is where it keeps its notes."""
    notes = folder / "arrived"
    notes.touch()
    command = [sys.executable, "-m", "bench.catcher", str(notes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Catcher(int(process.stdout.readline()), notes)
        finally:
            process.terminate()


def catch(notes: Path) -> None:
    """Answer one request per connection, for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server, notes.open("a", buffering=1) as arrived:
        print(server.getsockname()[1], flush=True)
        while True:
            peer, _ = server.accept()
            with peer:
                peer.settimeout(5)
                got = b""
                while b'"type"' not in got and (part := peer.recv(65536)):
                    got += part
                peer.sendall(ANSWER)
            mark = MARK.search(got)
            if mark:
                arrived.write(f"{int(mark[1])} {time.monotonic()}\n")


if __name__ == "__main__":
    catch(Path(sys.argv[1]))
