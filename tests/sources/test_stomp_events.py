"""Events carry people's data and must not leak it into logs."""

from router.sources.stomp_events import Connected, ErrorReceived, MessageReceived


def test_headers_and_bodies_stay_out_of_every_repr() -> None:
    private = {"name": "private"}
    events = (
        Connected("1.2", "", "", 0, 0, private),
        ErrorReceived("", private, b"private"),
        MessageReceived("s", "1", "1", "/queue/a", private, b"private", dropped=0, redelivered=False, needs_ack=True),
    )
    assert not any("private" in repr(event) for event in events)


def test_events_are_values() -> None:
    assert ErrorReceived("a", {}, b"") == ErrorReceived("a", {}, b"")
