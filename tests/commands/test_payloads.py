import json
from typing import Any

import pytest

from router.commands.payloads import Payload, PayloadError, Unread, events_of, read_file, split
from router.core.model import Event
from tests.commands.stage import NOW, RULES, Stage, alarm

JSON_SOURCE = """\
  own: {type: stomp, url: "ws://127.0.0.1:1/ws", destination: /queue/b, format: json, fields: {serial_number: sn}}
"""


def bodies(text: str | bytes) -> list[Any]:
    content = text.encode() if isinstance(text, str) else text
    return [each.problem or json.loads(each.body) for each in split(content, "f")]


def events(stage: Stage, *payloads: object, source: str | None = None) -> list[Event | Unread]:
    given = (Payload(f"f:{number}", json.dumps(each).encode()) for number, each in enumerate(payloads, 1))
    return list(events_of(given, stage.loaded(), source=source, at=NOW))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}\n',
        '\n{"a": 1}\r\n\r\n{"a": 2}',
        '[{"a": 1}, {"a": 2}]',
        '[\n  {"a": 1},\n  {"a":\n 2}\n]\n',
        '{\n  "a": 1\n}\n{\n  "a": 2\n}\n',
        '\ufeff{"a": 1}\n{"a": 2}',
    ],
)
def test_one_payload_an_array_and_json_lines_are_told_apart(text: str) -> None:
    assert bodies(text) == [{"a": 1}, {"a": 2}]


def test_a_payload_keeps_its_own_text() -> None:
    (one,) = split(b'[{"a":  1.50}]', "f")
    assert one == Payload("f:1 (item 1 of the array)", b'{"a":  1.50}')


def test_a_broken_line_is_told_with_its_place_and_the_others_are_read() -> None:
    found = list(split(b'{"a": 1}\n{"a": \n{"a": 3}', "f"))
    assert [each.problem for each in found] == ["", "not JSON: expecting value", ""]
    assert found[1].place == "f:2:7"


def test_a_broken_document_is_told_with_line_and_column() -> None:
    (found,) = split(b'{\n  "a": 1,\n  b: 2\n}', "f")
    assert (found.place, found.problem) == (
        "f:3:3",
        "not JSON: expecting property name enclosed in double quotes",
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "there is nothing in it"),
        (b" \n ", "there is nothing in it"),
        (b'{"a": 1}\n\xff', "not UTF-8"),
        (b"[]", "the array is empty"),
        (b"[NaN]", "not JSON: "),
        (b"[" * 100_000, "not JSON: nested too deeply"),
    ],
)
def test_what_holds_no_payload_says_so(content: bytes, problem: str) -> None:
    (found,) = split(content, "f")
    assert found.problem.startswith(problem)
    assert found.place.startswith("f")


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(PayloadError, match="/no/such/file: cannot read the payloads: No such file"):
        read_file("/no/such/file")


def test_the_shape_tells_whose_payload_it_is(stage: Stage) -> None:
    stage.write("rules.yaml", RULES.replace("inventory:", JSON_SOURCE + "inventory:"))
    first, second = events(stage, alarm(), {"sn": "7", "alarming": True})
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.source, second.source, second.serial_number) == ("plant", "own", "7")


def test_the_only_source_is_taken_for_what_has_no_shape(stage: Stage) -> None:
    (found,) = events(stage, {"odd": 1})
    assert isinstance(found, Unread)
    assert found.reason.startswith("neither an alarm nor a measurement")


def test_of_two_sources_of_one_format_the_first_is_taken_and_said(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.write(
        "rules.yaml",
        RULES.replace("inventory:", JSON_SOURCE.replace("json, fields: {serial_number: sn}", "saveris") + "inventory:"),
    )
    (found,) = events(stage, alarm())
    assert isinstance(found, Event)
    assert found.source == "plant"
    assert "plant, own send such payloads; taken as from plant" in capsys.readouterr().err
    (found,) = events(stage, alarm(), source="own")
    assert isinstance(found, Event)
    assert found.source == "own"


def test_without_a_source_the_shape_alone_is_enough(stage: Stage) -> None:
    start, end = RULES.index("sources:"), RULES.index("inventory:")
    stage.write("rules.yaml", RULES[:start] + RULES[end:])
    (found,) = events(stage, alarm())
    assert isinstance(found, Event)
    assert found.source == "saveris"
    with pytest.raises(PayloadError, match="its shape does not tell whose payload it is"):
        events(stage, {"odd": 1})


def test_an_unknown_source_is_answered_with_the_nearest(stage: Stage) -> None:
    with pytest.raises(PayloadError, match=r"no source is called 'plnt' \(did you mean plant\?\)"):
        events(stage, alarm(), source="plnt")


def test_what_the_source_could_not_read_is_unread(stage: Stage) -> None:
    assert [type(each) for each in events(stage, "text", alarm())] == [Unread, Event]
