"""`serve` is killed again and again while alarms flow: nothing is lost, little is told twice."""

import random
import threading
import time
from collections import Counter

import pytest

from tests.integration.machine import until
from tests.integration.serving import Site, alarm, texts
from tests.notifiers.catchers import http_catcher

ALARMS = 2000
KILLS = 32
KILLS_AT_START = 4
CONCURRENCY = 4
SEED = 20261122


class Publisher(threading.Thread):
    """Publishes in small random bursts, never further than the kills allow, so that every life has work."""

    def __init__(self, broker, queue, chance):
        super().__init__(daemon=True)
        self.broker, self.queue, self.chance = broker, queue, chance
        self.allowed, self.sent, self.failed = 0, 0, None
        self.more = threading.Condition()

    def allow(self, number):
        with self.more:
            self.allowed = min(number, ALARMS)
            self.more.notify()

    def run(self):
        try:
            with self.broker.wire() as wire:
                while self.sent < ALARMS:
                    with self.more:
                        self.more.wait_for(lambda: self.allowed > self.sent)
                    number = min(self.chance.randint(1, 12), self.allowed - self.sent)
                    wire.publish(self.queue, [alarm(f"s{self.sent + each:04}") for each in range(number)])
                    self.sent += number
        except (OSError, AssertionError) as error:
            self.failed = error


@pytest.mark.slow
def test_killed_again_and_again_every_alarm_is_one_alert_and_was_told(rabbit, queue, tmp_path, capfd, record_property):
    chance = random.Random(SEED)
    began = time.monotonic()
    with http_catcher() as catcher:
        site = Site(tmp_path)
        site.write(rabbit, queue, catcher=catcher.port, concurrency=CONCURRENCY)
        publisher = Publisher(rabbit, queue, chance)
        publisher.start()
        try:
            kill_again_and_again(site, publisher, catcher, chance)
            publisher.allow(ALARMS)
            site.ready()
            until(lambda: len(texts(catcher, "/pager")) == ALARMS, 40, "every alarm is told")
            until(lambda: site.ask(lambda history: history.counts().outbox) == 0, 20, "the outbox is empty")
        finally:
            site.end()
        assert publisher.failed is None
        times = texts(catcher, "/pager")
        faults = texts(catcher, "/watch")
    alerts = site.alerts()
    expected = {f"s{number:04}" for number in range(ALARMS)}
    assert Counter(alert.event.serial_number for alert in alerts) == Counter(expected)
    assert {alert.count for alert in alerts} == {1}
    assert set(times) == expected
    assert not faults
    twice = sum(times.values()) - ALARMS
    bound = (KILLS + KILLS_AT_START) * CONCURRENCY
    facts = {"alarms": ALARMS, "kills": KILLS + KILLS_AT_START, "told_twice": twice, "bound": bound}
    facts["seconds"] = round(time.monotonic() - began, 1)
    for name, value in facts.items():
        record_property(name, value)
    with capfd.disabled():
        print(f"\n{facts}")
    assert twice <= bound


def kill_again_and_again(site, publisher, catcher, chance):
    """Half of the kills fall a random moment after the start is done, half on the n-th text that arrives."""
    for number in range(KILLS):
        if number % (KILLS // KILLS_AT_START) == 0:
            life = site.start()
            time.sleep(chance.uniform(0, 1.5))  # a random moment of the start is what is asked for here
            life.kill()
        publisher.allow((number + 1) * ALARMS // (KILLS + 1))
        before = len(catcher.requests)
        life = site.ready()
        if number % 2:
            time.sleep(chance.uniform(0, 0.4))  # and of the work here
        else:
            wanted = before + chance.randint(1, 40)
            until(lambda wanted=wanted: len(catcher.requests) >= wanted, 20, "texts go out")
        life.kill()
