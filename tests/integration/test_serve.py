"""`serve` as a process of its own: ends well, reads new rules, shares no store, keeps timers, heals with its disk."""

import json
import resource
import signal
import time
from collections import Counter

import pytest

from tests.integration.machine import until
from tests.integration.serving import Site, alarm, arrived, lines_of, texts
from tests.notifiers.catchers import http_catcher

SMALL = 400_000
"""Octets: room for an empty store and some alarms."""
ENDS_WITHIN = 5.0


@pytest.fixture
def catcher():
    with http_catcher() as found:
        yield found


@pytest.fixture
def site(tmp_path):
    found = Site(tmp_path)
    yield found
    found.end()


def titles(catcher, path):
    return [text["title"] for text in arrived(catcher, path)]


def publish(rabbit, queue, serials):
    with rabbit.wire() as wire:
        wire.publish(queue, [alarm(serial) for serial in serials])


def said(life, event):
    return [line for line in lines_of(life) if line["event"] == event]


def test_sigterm_ends_it_in_time_with_0_and_the_next_life_tells_the_rest(rabbit, queue, site, catcher):
    serials = {f"t{number:02}" for number in range(40)}
    catcher.answers = [(200, b"", {})] * 10 + [(-1, b"", {})]  # the eleventh and all later ones hang
    site.write(rabbit, queue, catcher=catcher.port)
    life = site.ready()
    publish(rabbit, queue, sorted(serials))
    until(lambda: len(catcher.requests) >= 14, 20, "four sends hang")
    began = time.monotonic()
    life.tell(signal.SIGTERM)
    assert life.ended(ENDS_WITHIN + 5) == 0
    assert time.monotonic() - began < ENDS_WITHIN
    catcher.release.set()
    catcher.says(200)
    site.ready()
    until(lambda: set(texts(catcher, "/pager")) == serials, 30, "all are told")
    until(lambda: not site.ask(lambda history: history.counts().outbox), 20, "the outbox is empty")
    assert Counter(alert.event.serial_number for alert in site.alerts()) == Counter(serials)
    again = {serial for serial, times in texts(catcher, "/pager").items() if times > 1}
    assert len(again) <= 4  # those that hung


def test_a_changed_file_and_sighup_are_read_and_wrong_rules_change_nothing(rabbit, queue, site, catcher):
    site.write(rabbit, queue, catcher=catcher.port)
    life = site.ready()
    site.write(rabbit, queue, catcher=catcher.port, steps="[{notify: [second]}]")
    until(lambda: said(life, "rules replaced"), 20, "the changed file is read")
    publish(rabbit, queue, ["after"])
    until(lambda: texts(catcher, "/second") == {"after": 1}, 20, "the new policy tells")
    life.tell(signal.SIGHUP)
    until(lambda: len(said(life, "rules replaced")) == 2, 20, "SIGHUP is obeyed")
    good = site.rules.read_text()
    site.rules.write_text(good.replace("policy: one", "policy: won"))
    until(lambda: texts(catcher, "/watch"), 20, "wrong rules are told")
    assert "won" in next(iter(texts(catcher, "/watch")))
    publish(rabbit, queue, ["still"])
    until(lambda: texts(catcher, "/second")["still"], 20, "the old rules go on")
    assert not texts(catcher, "/pager")
    life.tell(signal.SIGINT)
    assert life.ended(ENDS_WITHIN + 5) == 0


def test_a_second_serve_on_the_same_store_is_refused_and_the_first_goes_on(rabbit, queue, site, catcher):
    site.write(rabbit, queue, catcher=catcher.port)
    first = site.ready()
    second = site.start()
    assert second.ended(40) == 2
    assert "another serve uses it" in second.said
    assert str(first.process.pid) in second.said
    publish(rabbit, queue, ["on"])
    until(lambda: texts(catcher, "/pager") == {"on": 1}, 20, "the first tells")


def test_a_timer_that_fell_due_while_it_was_dead_fires_once(rabbit, queue, site, catcher):
    site.write(rabbit, queue, catcher=catcher.port, steps="[{notify: [pager]}, {wait: 3s, notify: [second]}]")
    life = site.ready()
    publish(rabbit, queue, ["late"])
    until(lambda: texts(catcher, "/pager"), 20, "the first step is told")
    until(lambda: not site.ask(lambda history: history.counts().outbox), 20, "and recorded")
    life.kill()
    (alert,) = site.alerts()
    (step,) = [timer for timer in timers(site, alert.id) if timer.kind == "step"]
    until(lambda: time.time() > step.due.timestamp(), 10, "the second step falls due")
    assert not texts(catcher, "/second")
    life = site.ready()
    until(lambda: texts(catcher, "/second"), 20, "the second step is told")
    until(lambda: not site.ask(lambda history: history.counts().outbox), 20, "and recorded")
    life.kill()
    site.ready()
    publish(rabbit, queue, ["next"])
    until(lambda: texts(catcher, "/second")["next"], 30, "a later alarm went through all steps")
    assert texts(catcher, "/pager") == texts(catcher, "/second") == {"late": 1, "next": 1}


def timers(site, alert_id):
    return site.ask(lambda history: history.alert(alert_id)).timers


def test_what_a_full_disk_did_not_take_is_still_the_brokers(rabbit, queue, site, catcher):
    site.write(rabbit, queue, catcher=catcher.port)
    life = site.ready(limit=SMALL)
    serials = [f"f{number:04}" for number in range(600)]
    publish(rabbit, queue, serials)
    until(lambda: said(life, "the store is unavailable"), 30, "the disk is full")
    life.kill()
    stored = {alert.event.serial_number for alert in site.alerts()}
    assert len(stored) < len(serials)
    left = [serial for serial in serials if serial not in stored]
    with rabbit.wire() as wire:
        bodies = wire.take(queue, len(left))
    assert set(left) <= stored | {json.loads(body)["serial_number"] for body in bodies}


@pytest.mark.slow
def test_a_disk_that_stays_full_is_told_directly_and_room_heals_everything(rabbit, queue, site, catcher):
    site.write(rabbit, queue, catcher=catcher.port)
    life = site.ready(limit=SMALL)
    serials = {f"f{number:04}" for number in range(300)}
    publish(rabbit, queue, sorted(serials))
    until(lambda: said(life, "the store is unavailable"), 30, "the disk is full")
    began = time.monotonic()
    until(lambda: titles(catcher, "/watch"), 45, "the emergency text")
    assert time.monotonic() - began > 25
    assert "cannot write its store" in titles(catcher, "/watch")[0]
    resource.prlimit(life.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: set(texts(catcher, "/pager")) == serials, 40, "everything is told")
    assert Counter(alert.event.serial_number for alert in site.alerts()) == Counter(serials)
    until(lambda: len(titles(catcher, "/watch")) >= 2, 20, "that it was so is told")
    assert said(life, "the store is back")
