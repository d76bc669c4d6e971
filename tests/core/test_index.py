import json
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.core.explain import matches
from router.core.index import build_index
from router.core.match import AllOf, AnyOf, Equal, Everything, Not, Number, Pattern, Present, names_kind
from router.core.model import Event
from router.core.rules import Rule

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def event(**fields):
    given_fields = {"id": "1", "source": "s", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": NOW}
    return Event(**given_fields | fields)


def equal(field, *values):
    return Equal(field, values)


def containing(field, part):
    return Pattern(field, "regex", part, search=lambda text: part in text)


def rule(*conditions, name="r"):
    match = conditions[0] if len(conditions) == 1 else AllOf(conditions)
    return Rule(name, 1, match, policy="p", measures=names_kind(match))


def substrings(patterns):
    """A pattern index as `router.config.patterns` makes it, for patterns that are plain parts of a text."""
    return lambda text: [number for number, (_, part) in enumerate(patterns) if part in text]


def found(rules, seen, patterns=substrings):
    return list(build_index(rules, patterns)(seen))


def test_a_rule_is_found_by_a_value_whatever_its_spelling():
    rules = [rule(equal("condition_type", "Upper limit")), rule(equal("condition_type", "Lower limit"))]
    assert found(rules, event(condition_type="UPPER_LIMIT")) == [0]
    assert found(rules, event()) == []


def test_a_rule_with_several_values_is_found_by_each():
    rules = [rule(equal("source_uuid", "a", "b")), rule(equal("source_uuid", "b", "c"))]
    assert [found(rules, event(source_uuid=uuid)) for uuid in "abc"] == [[0], [0, 1], [1]]


def test_a_rule_is_filed_under_its_rarest_value():
    rules = [rule(equal("severity", "Alarm"), equal("source_uuid", str(number))) for number in range(9)]
    assert found(rules, event(severity="Alarm", source_uuid="4")) == [4]
    assert found(rules, event(severity="Alarm", source_uuid="new")) == []


def test_among_values_equally_rare_an_id_is_preferred_to_a_word_that_many_events_have():
    rules = [rule(equal("severity", "Alarm"), equal("condition_type", "Upper limit"), equal("source_uuid", "a"))]
    assert found(rules, event(severity="Alarm", condition_type="Upper limit", source_uuid="b")) == []


def test_among_values_equally_rare_a_field_with_few_values_comes_last():
    rules = [rule(equal("source", "plant"), equal("severity", "Alarm"), equal("condition_type", "Upper limit"))]
    assert found(rules, event(source="plant", severity="Alarm", condition_type="Lower limit")) == []


def test_a_rule_that_only_a_pattern_can_find_is_found_by_it():
    rules = [rule(containing("message", "battery")), rule(containing("message", "door"), Present("value", wanted=True))]
    assert found(rules, event(message="battery low")) == [0]
    assert found(rules, event(message="open door")) == [1]
    assert found(rules, event()) == []


def test_a_pattern_finds_a_rule_when_its_values_are_shared_by_many():
    rules = [rule(equal("severity", "Alarm"), containing("message", f"sensor {number};")) for number in range(40)]
    assert found(rules, event(severity="Alarm", message="sensor 7;")) == [7]


def test_without_a_pattern_index_rules_with_patterns_are_always_tried():
    rules = [rule(containing("message", "battery")), rule(containing("message", "door"))]
    assert found(rules, event(message="x"), patterns=None) == [0, 1]


def test_the_same_pattern_in_many_rules_is_searched_once():
    given_patterns = []

    def index(patterns):
        given_patterns.extend(patterns)
        return substrings(patterns)

    rules = [rule(containing("message", "battery")), rule(containing("message", "battery"))]
    assert list(build_index(rules, index)(event(message="battery"))) == [0, 1]
    assert given_patterns == [("regex", "battery")]


def test_rules_that_need_nothing_certain_are_always_tried_in_the_order_of_the_file():
    rules = [
        rule(equal("source_uuid", "a")),
        rule(Everything()),
        rule(Number("value", "above", (1.0,))),
        rule(Not(equal("source_uuid", "a"))),
        rule(equal("source_uuid", "a")),
    ]
    assert found(rules, event(source_uuid="A")) == [0, 1, 2, 3, 4]
    assert found(rules, event(source_uuid="b")) == [1, 2, 3]


def test_a_block_of_alternatives_is_found_by_any_of_them():
    rules = [rule(AnyOf((equal("source_uuid", "a"), AllOf((equal("tenant", "t"), equal("severity", "Alarm"))))))]
    assert found(rules, event(source_uuid="a")) == [0]
    assert found(rules, event(tenant="t", severity="Alarm")) == [0]
    assert found(rules, event(source_uuid="b")) == []


def test_a_block_with_an_alternative_that_needs_nothing_is_always_tried():
    assert found([rule(AnyOf((equal("source_uuid", "a"), Present("value", wanted=False))))], event()) == [0]


def test_a_rule_that_can_never_match_is_never_a_candidate():
    assert found([rule(AnyOf(())), rule(equal("value", "warm"))], event(value=1.0)) == []


def test_a_measurement_finds_only_rules_that_name_kind():
    rules = [rule(Everything()), rule(equal("kind", "measurement"), equal("source_uuid", "a")), rule(equal("id", "1"))]
    assert found(rules, event(kind="measurement", source_uuid="a")) == [1]
    assert found(rules, event(kind="alarm", source_uuid="a")) == [0, 1, 2]


def test_a_payload_is_looked_into_only_when_nothing_else_is_as_rare():
    broken = "not parsed, else it would be found absent"
    rules = [rule(equal("raw.a", "1"), equal("tenant", "t"))]
    assert found(rules, event(tenant="t", raw=broken)) == [0]
    assert found(rules[:1] + [rule(equal("raw.a", "2"))] * 2, event(raw=json.dumps({"a": 2}))) == [1, 2]


WORDS = st.sampled_from(["a", "A", "b", "a_b", "a b", "1", "1.0", "alarm", "measurement", ""])
FIELDS = st.sampled_from(
    ["kind", "severity", "source_uuid", "value", "labels.site", "raw.x", "level", "message", "started_at"]
)
PATTERN_FIELDS = st.sampled_from(["kind", "severity", "labels.site", "raw.x", "message"])
LEAVES = st.one_of(
    st.builds(Equal, FIELDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.builds(containing, PATTERN_FIELDS, st.sampled_from(["a", "b", "1", "", "meas"])),
    st.builds(Present, FIELDS, wanted=st.booleans()),
    st.builds(Number, st.sampled_from(["value", "raw.x"]), st.sampled_from(["above", "equals"]), st.just((1.0,))),
    st.just(Everything()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
MAYBE = st.none() | WORDS
EVENTS = st.builds(
    event,
    kind=WORDS,
    severity=MAYBE,
    source_uuid=MAYBE,
    value=st.none() | st.sampled_from([0.0, 1.0, float("nan")]),
    labels=st.dictionaries(st.just("site"), WORDS, max_size=1),
    raw=st.fixed_dictionaries({}, optional={"x": st.none() | WORDS | st.sampled_from([1, 1.0, True, [], {}])}).map(
        json.dumps
    ),
    level=st.sampled_from(["info", "warning", "critical"]),
    message=MAYBE,
    started_at=st.none() | st.just(NOW),
)


@settings(max_examples=150, deadline=None)
@given(conditions=st.lists(CONDITIONS, max_size=8), seen=EVENTS)
@example(conditions=[AnyOf((Equal("severity", ("a b",)), Equal("value", ("1",))))], seen=event(severity="a_b"))
def test_the_index_never_misses_a_rule_and_names_each_once_in_order(conditions, seen):
    rules = [rule(condition) for condition in conditions]
    truth = {position for position, each in enumerate(rules) if matches(each, seen, now=NOW)}
    for patterns in (substrings, None):
        candidates = found(rules, seen, patterns)
        assert candidates == sorted(set(candidates))
        assert truth <= set(candidates)
