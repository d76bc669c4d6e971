"""The catchers on real sockets: what is sent is received as people would see it."""

import smtplib
import threading
from email.message import EmailMessage
from http.client import HTTPConnection

import pytest

from router.demo.catchers import Received, open_mail, open_providers


def post(port: int, path: str, body: bytes = b'{"title": "t", "message": "m"}') -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path, body)
    status = connection.getresponse().status
    connection.close()
    return status


def send_in_vain(port: int, failed: threading.Event) -> None:
    try:
        post(port, "/sms/1")
    except OSError:
        failed.set()


def test_an_sms_and_a_chat_message_are_received() -> None:
    got: list[Received] = []
    with open_providers(got.append) as providers:
        assert post(providers.port, "/sms/%2B49170") == 200
        assert post(providers.port, "/chat/room") == 200
    assert got == [Received("sms", "+49170", "t", "m"), Received("chat", "room", "t", "m")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/fax/1", b"{}", 404), ("/sms/", b"{}", 404), ("/sms/1", b"no json", 400), ("/sms/1", b"[]", 400)],
)
def test_what_no_provider_would_take_is_refused(path: str, body: bytes, status: int) -> None:
    got: list[Received] = []
    with open_providers(got.append) as providers:
        assert post(providers.port, path, body) == status
    assert got == []


def test_a_provider_that_hangs_answers_nobody_and_forgets_what_hung() -> None:
    got: list[Received] = []
    with open_providers(got.append) as providers:
        providers.hang()
        failed = threading.Event()
        thread = threading.Thread(target=send_in_vain, args=(providers.port, failed))
        thread.start()
        assert post(providers.port, "/chat/room") == 200  # another company
        while not providers.hung:
            assert thread.is_alive()
        providers.answer()
        thread.join(10)
        assert failed.is_set()
        assert post(providers.port, "/sms/1") == 200
    assert [one.kind for one in got] == ["chat", "sms"]


def test_leaving_lets_go_of_what_hangs() -> None:
    with open_providers(lambda _: None) as providers:
        providers.hang()
        failed = threading.Event()
        thread = threading.Thread(target=send_in_vain, args=(providers.port, failed))
        thread.start()
        while not providers.hung:
            assert thread.is_alive()
    thread.join(10)
    assert failed.is_set()


def test_a_mail_is_received_by_each_of_its_recipients_as_plain_text() -> None:
    got: list[Received] = []
    mail = EmailMessage()
    mail["Subject"] = "Wärme"
    mail.set_content("9 °C\n")
    mail.add_alternative("<b>9 °C</b>", subtype="html")
    with open_mail(got.append) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail, "a@example.org", ["b@example.org", "c@example.org"])
    assert got == [Received("mail", f"{who}@example.org", "Wärme", "9 °C") for who in "bc"]
