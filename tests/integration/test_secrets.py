"""`serve` with a secret everywhere, and peers that quote what they were told: none reaches log, store, texts, commands.

A peer that quotes is no invention: gateways answer with the request's line, mail servers with the command.
"""

import json
import os
import subprocess
import sys
from functools import partial

import trio

from router.demo.broker import open_broker
from router.stores import open_store
from tests.house.tree import ROOT
from tests.integration.machine import Program
from tests.integration.serving import alarm

SECRETS = {
    "CHANNEL_USER": "chUser77aa",
    "CHANNEL_PW": "Ch!Pw/55bb+x",
    "PATH_TOKEN": "PathTok55cc",
    "QUERY_TOKEN": "QryTok66dd",
    "HEADER": "HdrVal77ee",
    "PASSCODE": "PassC0de88ff",
    "STOMP_HEADER": "StompHdr99gg",
    "SOURCE_QUERY": "SrcQry55ll",
    "SOURCE_PW": "SrcUrlPw66mm",
    "SAVERIS_PW": "SavPw11hh",
    "CLIENT_ID": "CognitoClient22ii",
    "PHONE": "+4917098761234",
    "MAIL": "leakaddr@example.org",
    "MAIL_USER": "mailuser99pp",
    "MAIL_PW": "MailPw88oo",
}
BASE64 = ["bWFpbHVzZXI5OXBw", "TWFpbFB3ODhvb", "Y2hVc2VyNzdhYTpDaCFQdy81NWJiK3"]
NEEDLES = [*SECRETS.values(), *BASE64, "Ch%21Pw", "FileSecret15tt", "17098761234", "leakaddr"]
LOGIN = "${CHANNEL_USER}:${CHANNEL_PW}"
RULES = """\
version: 1
settings: {timezone: UTC, fallback: [watch]}
sources:
  plant: {type: stomp, url: "GOOD?k=${SOURCE_QUERY}", passcode: "${PASSCODE}", destination: /queue/a}
  refused: {type: stomp, url: "REFUSING?k=${SOURCE_QUERY}", passcode: "${PASSCODE}", destination: /queue/a,
            headers: {x-h: "${STOMP_HEADER}"}, link_timeout: 1s}
  gateway: {type: stomp, url: "ws://u:${SOURCE_PW}@PEER/ws?k=${SOURCE_QUERY}", passcode: "${file:secret}",
            destination: /queue/a, link_timeout: 1s}
  cognito: {type: saveris, url: "REFUSING", username: me, password: "${SAVERIS_PW}", token: cognito,
            client_id: "${CLIENT_ID}", token_url: "http://PEER/token?k=${QUERY_TOKEN}", link_timeout: 1s}
channels:
  watch: json://PEER/watch
  quoting: json://LOGIN@PEER/${PATH_TOKEN}?q=${QUERY_TOKEN}&+X-K=${HEADER}
  tls: jsons://LOGIN@PEER/${PATH_TOKEN}?q=${QUERY_TOKEN}
  sms: json://LOGIN@PEER/{address}
  mail: mailto://${MAIL_USER}:${MAIL_PW}@MAIL?from=a@x.org&to={address}
people:
  alice: {name: Alice, sms: "${PHONE}", mail: "${MAIL}"}
policies:
  one: {steps: [{notify: [quoting, tls, alice via sms+mail]}]}
rules:
  - {name: all, match: {}, policy: one}
"""


class Peer:
    """An HTTP server that quotes; `told` is what arrived for fallback."""

    def __init__(self):
        self.told = []

    async def http(self, stream):
        with trio.move_on_after(2):
            data = await request(stream)
            head, _, _ = data.partition(b"\r\n\r\n")
            path = head.split(b" ")[1] if head.count(b" ") > 1 else b""
            line, answer = b"400 " + path, login_of(head) + data
            if path.startswith(b"/watch"):
                self.told.append(data.decode())
                line, answer = b"200 OK", b"ok"
            elif path.startswith(b"/token"):
                line = b"200 OK"
                answer = json.dumps({"ChallengeName": SECRETS["CLIENT_ID"], "said": str(data)}).encode()
            await stream.send_all(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (line, len(answer), answer))
        await trio.aclose_forcefully(stream)

    async def mail(self, stream):
        await stream.send_all(b"220 here\r\n")
        async for data in stream:
            word = data[:4].upper()
            answer = b"535 no: " + data.strip() if word == b"AUTH" else b"250-here\r\n250 AUTH PLAIN LOGIN"
            await stream.send_all(answer + b"\r\n")


async def request(stream):
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive_some() or b"\r\n\r\n"
    with trio.move_on_after(0.2):
        async for more in stream:
            data += more
            if data.endswith(b"}"):
                break
    return data


def login_of(head):
    return b" ".join(line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization"))


async def until(condition):
    with trio.fail_after(40):
        while not condition():
            await trio.sleep(0.05)


async def command(*words):
    result = await trio.run_process(
        [sys.executable, "-m", "router", *words],
        env=os.environ | SECRETS,
        cwd=ROOT,
        check=False,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
    )
    return result.stdout.decode()


async def test_no_secret_is_in_log_store_texts_or_commands(tmp_path, nursery):
    peer = Peer()
    ports = []
    for serve in (peer.http, peer.mail):
        (listener,) = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        ports.append(f"127.0.0.1:{listener.socket.getsockname()[1]}")
    async with open_broker(nursery) as good, open_broker(nursery) as refusing:
        refusing.refuse_with(f"invalid authorization {SECRETS['STOMP_HEADER']} at {SECRETS['SOURCE_QUERY']}")
        text = RULES.replace("LOGIN", LOGIN).replace("@MAIL?", f"@{ports[1]}?").replace("PEER", ports[0])
        rules, store = tmp_path / "rules.yaml", tmp_path / "alarm-router.db"
        rules.write_text(text.replace("GOOD", good.url).replace("REFUSING", refusing.url))
        (tmp_path / "secret").write_text("FileSecret15tt\n")
        url = f"sqlite:///{store}"
        life = Program(
            [sys.executable, "-m", "router", "serve", rules, "--store", url],
            tmp_path / "serve.log",
            env=os.environ | SECRETS,
            cwd=ROOT,
        )
        try:
            await until(lambda: '"event":"ready"' in life.said)
            good.publish("/queue/a", alarm("s1"))
            await until(lambda: len(seen(url)) >= 7)
            rules.write_text(rules.read_text().replace("policy: one}", f'policy: "json://u:{SECRETS["PASSCODE"]}@h"}}'))
            await until(lambda: "the old ones stay" in life.said)
            said = {"alerts": await command("alerts", "--all", "--faults", "--store", url)}
            for line in said["alerts"].splitlines()[1:]:
                if line[:12].isalnum():
                    said[line[:12]] = await command("alert", line[:12], "--store", url)
            said["check"] = await command("check", str(rules))
            said["check --format json"] = await command("check", str(rules), "--format", "json")
            life.end()
        finally:
            life.kill()
    said["log"] = life.said
    said["texts"] = "".join(peer.told)
    said |= {path.name: path.read_bytes().decode("utf-8", "replace") for path in tmp_path.glob("alarm-router.db*")}
    assert len(said) > 12
    leaks = [(where, needle) for where, text in said.items() for needle in NEEDLES if needle.lower() in text.lower()]
    assert leaks == []
    nursery.cancel_scope.cancel()


def seen(url):
    """Every alert, faults too."""
    store = open_store(url, "beside")
    try:
        return list(store.history.alerts("all", "both"))
    finally:
        store.close()
