"""What every store must know of the past, and forget of it; a part of `contract`."""

from router.core.changes import Change, ForgetAlert, PutAlert, PutNotification, PutRecovery, Record, SetTimer
from router.core.inputs import EventReceived, MessageRejected, TimerDue
from router.core.model import NO_LABELS
from router.stores import Attempt, Counts, Store
from tests.stores.samples import NOW, Opener, alert, entry, event, later, page, recovery, request, resolved, timer


class HistoryContract:
    # --- history

    def test_alerts_are_listed_by_what_they_are_the_last_opened_first(self, store: Store) -> None:
        rows = [alert("one"), resolved("two"), alert("three", fault="lasting"), alert("four", status="acknowledged")]
        store.commit([entry(None, *(PutAlert(row) for row in rows), ForgetAlert("two"))])
        listed = store.history.alerts
        assert [row.id for row in listed()] == ["four", "one"]
        assert [row.id for row in listed("open", "faults")] == ["three"]
        assert [row.id for row in listed("open", "both")] == ["four", "three", "one"]
        assert [row.id for row in listed("all", "alarms")] == ["four", "two", "one"]
        assert [row.id for row in listed("all", "both", limit=3)] == ["four", "three", "two"]
        assert next(listed()) == rows[3]

    def test_a_long_list_comes_whole(self, store: Store) -> None:
        store.commit([entry(None, *(PutAlert(alert(str(number))) for number in range(1003)))])
        assert [int(row.id) for row in store.history.alerts()] == list(range(1002, -1, -1))
        assert len(list(store.history.alerts(limit=501))) == 501
        assert list(store.history.alerts(limit=0)) == []

    def test_a_list_is_not_disturbed_by_a_commit_in_between(self, store: Store) -> None:
        store.commit([entry(None, *(PutAlert(alert(str(number))) for number in range(600)))])
        listing = store.history.alerts()
        next(listing)
        store.commit([entry(TimerDue("x"), PutAlert(alert("new")))])
        assert len(list(listing)) == 599

    def test_an_id_is_found_by_its_beginning(self, store: Store) -> None:
        store.commit([entry(None, *(PutAlert(alert(name)) for name in ("abc1", "abc2", "abd", "x%y")))])
        find = store.history.find
        assert find("abc") == ("abc1", "abc2")
        assert find("abd") == ("abd",)
        assert find("x%") == ("x%y",)
        assert find("%") == find("zzz") == ()
        assert find("", limit=3) == ("abc1", "abc2", "abd")

    def test_one_alert_has_its_timeline_timers_and_notifications_with_attempts(self, store: Store) -> None:
        tried = {"notification": "p1", "outcome": "failed", "detail": "503", "number": 1}
        told = [
            Record("a1", NOW, "opened", {"value": 9.3, "words": ["a", None, True]}),
            Record("a1", later(1), "attempt", tried),
            Record("a1", later(5), "attempt", {"notification": "p1", "outcome": "accepted", "number": 2}),
        ]
        store.commit([entry(None, PutAlert(alert()), *told[:2], PutNotification(page()), SetTimer(timer()))])
        store.commit([entry(TimerDue("x"), told[2], PutNotification(page(status="sent")), Record("b", NOW, "x", {}))])
        store.commit([entry(TimerDue("y"), PutNotification(page("p2", created_at=later(9))), PutAlert(alert("b")))])
        found = store.history.alert("a1")
        assert found is not None
        assert found.alert == alert()
        assert found.timeline == tuple(told)
        assert found.timers == (timer(),)
        assert [each.notification for each in found.notifications] == [
            page(status="sent"),
            page("p2", created_at=later(9)),
        ]
        assert found.notifications[0].attempts == (
            Attempt(later(1), "failed", "503", 1),
            Attempt(later(5), "accepted", "", 2),
        )
        assert store.history.alert("a") is None

    def test_a_record_with_a_value_that_is_no_json_is_kept_as_text(self, store: Store) -> None:
        store.commit([entry(None, Record("", NOW, "odd", {"value": 1j, "labels": NO_LABELS, "big": 2**80}))])
        assert store.history.timeline(NOW)[0].detail == {"value": "1j", "labels": {}, "big": 2**80}

    def test_what_concerns_no_alert_is_listed_from_an_instant_on(self, store: Store) -> None:
        told = [Record("", later(number), "ignored", {"n": number}) for number in range(5)]
        store.commit([entry(None, PutAlert(alert()), *told, Record("a1", NOW, "opened", {}))])
        assert store.history.timeline(later(2)) == tuple(told[2:])
        assert store.history.timeline(NOW, limit=2) == tuple(told[:2])

    def test_the_last_word_of_each_source_is_known(self, store: Store, opener: Opener) -> None:
        store.commit([entry(None), entry(MessageRejected("m", "plant", "no JSON", "{", NOW))])
        store.commit(
            [entry(EventReceived(event("e2")), at=later(11), counted=True), entry(TimerDue("x"), at=later(99))]
        )
        assert store.history.last_received() == {"cold-chain": later(11), "plant": NOW}
        store.commit([entry(EventReceived(event("e3")), at=later(-3600))])  # the clock was put back
        assert opener("beside").history.last_received() == {"cold-chain": later(11), "plant": NOW}

    def test_counts_tell_what_is_open(self, store: Store) -> None:
        rows = [alert("1"), alert("2", status="acknowledged"), resolved("3"), alert("4", fault="passing"), alert("5")]
        store.commit([entry(None, *(PutAlert(row) for row in rows))])
        store.commit([entry(TimerDue("x"), PutNotification(page()), PutNotification(page("p2", status="failed")))])
        store.ask(request())
        assert store.history.counts() == Counts(firing=2, acknowledged=1, faults=1, outbox=1, requests=1)

    # --- retention

    def test_trim_deletes_what_was_over_and_nothing_else(self, store: Store) -> None:
        old, new = later(-1000), later(1000)

        def about(name: str) -> list[Change]:
            return [Record(name, old, "opened", {}), PutNotification(page(f"p {name}", name, status="sent"))]

        store.commit(
            [
                entry(EventReceived(event("old")), PutAlert(resolved("gone", old)), *about("gone"), at=old),
                entry(TimerDue("1"), PutAlert(alert("open", opened_at=old)), *about("open"), at=old),
                entry(TimerDue("2"), PutAlert(resolved("recent", new)), *about("recent"), at=new),
                entry(TimerDue("3"), PutAlert(resolved("told", old)), PutNotification(page("p told", "told")), at=old),
                entry(TimerDue("4"), PutAlert(resolved("kept", old)), PutRecovery(recovery("k", old)), at=old),
                entry(TimerDue("5"), ForgetAlert("gone"), ForgetAlert("recent"), ForgetAlert("told"), at=new),
                entry(TimerDue("6"), Record("", old, "ignored", {}), Record("", new, "ignored", {}), at=new),
                entry(TimerDue("8"), PutNotification(page("loose", "", created_at=old)), at=new),
                entry(TimerDue("9"), PutNotification(page("sent", "", created_at=old, status="sent")), at=new),
                entry(TimerDue("7"), SetTimer(timer("t", "open", old)), PutRecovery(recovery("k2", new)), at=new),
            ]
        )
        bites = []
        while bite := store.trim(NOW, 2):
            bites.append(bite)
        assert max(bites) <= 2
        assert {row.id for row in store.history.alerts("all", "both")} == {"open", "recent", "told", "kept"}
        assert [line.at for line in store.journal()] == [new] * 6
        assert [record.at for record in store.history.timeline(later(-5000))] == [new]
        assert [row.key for row in store.load().recoveries] == ["k2"]
        assert [row.id for row in store.load().timers] == ["t"]
        assert [row.id for row in store.load().notifications] == ["p told", "loose"]
        still = store.history.alert("open")
        assert still is not None
        assert len(still.timeline) == len(still.notifications) == 1
        assert store.seen({"cold-chain/old"}) == set()

    def test_trim_forgets_requests_that_were_met_long_ago_but_never_one_that_waits(self, store: Store) -> None:
        store.ask(request("met", asked_at=later(-5000)))
        store.ask(request("waits", asked_at=later(-5000)))
        store.commit([entry(request("met").input, at=later(-4000))])
        while store.trim(NOW, 100):
            pass
        assert store.history.answered("met") is None
        assert [each.id for each in store.requests()] == ["waits"]
