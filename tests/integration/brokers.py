"""Real brokers: how each is started on this machine, and where it listens.

RabbitMQ speaks STOMP over WebSocket itself; ActiveMQ as Debian packs it speaks STOMP over TCP, behind websockify.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.machine import Program, free_port, listens, needed, packaged, until
from tests.integration.wire import Wire

UP = 90.0
"""Seconds that a broker may take to come up on a busy machine."""


@dataclass(frozen=True)
class RealBroker:
    """`url` is its WebSocket, `port` its STOMP over TCP."""

    name: str
    url: str
    port: int
    login: str = "guest"
    passcode: str = "guest"

    def wire(self) -> Wire:
        """A client that is not ours."""
        return Wire(self.port, self.login, self.passcode)


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RealBroker]:
    """RabbitMQ with its web STOMP plugin, with an epmd of its own."""
    server = packaged("rabbitmq-server", "/sbin/rabbitmq-server")
    epmd = needed("epmd", "erlang-base")
    amqp, stomp, web, dist, names = (free_port() for _ in range(5))
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{amqp}\nstomp.listeners.tcp.1 = 127.0.0.1:{stomp}\n"
        f"web_stomp.tcp.ip = 127.0.0.1\nweb_stomp.tcp.port = {web}\nlog.console = true\nlog.file = false\n"
    )
    (folder / "plugins").write_text("[rabbitmq_stomp,rabbitmq_web_stomp].\n")
    own = {
        "HOME": folder,
        "RABBITMQ_NODENAME": f"test{dist}@localhost",
        "RABBITMQ_MNESIA_BASE": folder / "mnesia",
        "RABBITMQ_LOG_BASE": folder / "log",
        "RABBITMQ_CONFIG_FILE": folder / "rabbitmq.conf",
        "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "plugins",
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_DIST_PORT": dist,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": names,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    env = os.environ | {name: str(value) for name, value in own.items()}
    running = [Program([epmd], folder / "epmd.log", env=env)]
    try:
        until(lambda: listens(names), UP, "epmd listens")
        running.append(Program([server], folder / "rabbitmq.log", env=env))
        running[-1].until_said("Server startup complete", UP)
        yield RealBroker("RabbitMQ", f"ws://127.0.0.1:{web}/ws", stomp)
    finally:
        for program in reversed(running):
            program.end()


@contextmanager
def activemq(folder: Path) -> Iterator[RealBroker]:
    """ActiveMQ Classic behind websockify, which knows no subprotocol of ours and takes binary messages only."""
    jar = packaged("activemq", "bin/activemq.jar")
    java, websockify = needed("java", "default-jre-headless"), needed("websockify", "websockify")
    stomp, web = free_port(), free_port()
    place = [f"-Dactivemq.home={jar.parent.parent}", f"-Dactivemq.base={folder}"]
    uri = f"broker:(stomp://127.0.0.1:{stomp})?persistent=false&useJmx=false&brokerName=test{stomp}"
    command = [java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *place, "-jar", jar, "start", uri]
    running = [Program(command, folder / "activemq.log", cwd=folder)]
    try:
        running.append(Program([websockify, f"127.0.0.1:{web}", f"127.0.0.1:{stomp}"], folder / "websockify.log"))
        until(lambda: listens(stomp) and listens(web), UP, "ActiveMQ and websockify listen")
        yield RealBroker("ActiveMQ", f"ws://127.0.0.1:{web}/", stomp)
    finally:
        for program in reversed(running):
            program.end()
