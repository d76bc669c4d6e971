import re
import time

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.config import patterns
from router.config.patterns import compile_search, index_patterns


def glob(pattern, text):
    return compile_search("glob", pattern)(text)


def regex(pattern, text):
    return compile_search("regex", pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("Fridge *", "Fridge 7", True),
        ("fridge *", "FRIDGE 7", True),
        ("Fridge *", "The Fridge 7", False),
        ("Fridge", "Fridge 7", False),
        ("*battery*", "Low Battery", True),
        ("*battery*", "flat", False),
        ("*limit", "Upper limit", True),
        ("*limit", "Upper limits", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxc", False),
        ("room ?", "room 5", True),
        ("room ?", "room 55", False),
        ("room ?", "room ü", True),
        ("room [1-3]", "room 2", True),
        ("room [1-3]", "room 4", False),
        ("room [!1-3]", "room 4", True),
        ("room [!1-3]", "room 2", False),
        ("[a-c]x", "BX", True),
        ("[]a]", "]", True),
        ("[!]]", "]", False),
        ("[*]", "*", True),
        ("[*]", "a", False),
        ("[^a]", "^", True),
        ("[a", "[a", True),
        ("a[", "a[", True),
        ("a.b+(c)$", "A.B+(C)$", True),
        ("a.b", "axb", False),
        ("a\\b", "a\\b", True),
        ("[\\d]", "5", False),
        ("[\\d]", "\\", True),
        ("a*b", "a\nb", True),
        ("*", "anything\nat all", True),
        ("**", "", True),
        ("", "", True),
        ("", "a", False),
        ("grün", "GRÜN", True),
        ("a?b", "a😀b", True),
        ("\ud800", "?", True),
    ],
)
def test_a_glob_covers_the_whole_text_and_ignores_case(pattern, text, matched):
    assert glob(pattern, text) is matched


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        (r"^EU-\d+$", "EU-17", True),
        (r"^EU-\d+$", "eu-17", False),
        (r"(?i)^EU-\d+$", "eu-17", True),
        (r"U-1", "EU-17", True),
        (r"a.b", "a\nb", False),
        (r"a\z", "a\n", False),
        (r"b", "\ud800b", True),
    ],
)
def test_a_regex_searches_the_raw_text_and_case_counts(pattern, text, matched):
    assert regex(pattern, text) is matched


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(?=a)", "no look-around: use `not`"),
        (r"(?!a)b", "no look-around"),
        (r"(?<=a)b", "no look-around"),
        (r"(?<!a)b", "no look-around"),
        (r"a\Z", r"the end of the text is \z"),
        (r"(a)\1", "no back-references"),
        (r"(?P<n>a)(?P=n)", "no back-references"),
        (r"(?>a)", "no atomic groups"),
        (r"(?x)a", "flags i, m, s and U only"),
        (r"\h", "does not know this escape"),
        (r"a*+", "no possessive"),
        (r"a{1001}", "at most 1000 times"),
        (r"*battery*", "perhaps this is a glob"),
        (r"a**", "perhaps this is a glob"),
        (r"\pL{300}", "needs too much memory"),
        (r"(", "missing )"),
        (r"[b-a]", "invalid character class range"),
    ],
)
def test_a_bad_regex_is_refused_with_the_reason_and_a_hint(pattern, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        compile_search("regex", pattern)


def test_a_bad_class_in_a_glob_is_refused():
    with pytest.raises(ValueError, match="invalid character class range"):
        compile_search("glob", "[z-a]")


def test_a_bad_pattern_prints_nothing(capfd):
    with pytest.raises(ValueError, match="missing"):
        compile_search("regex", "(")
    assert capfd.readouterr() == ("", "")


def test_a_pattern_that_is_exponential_elsewhere_is_linear():
    started = time.process_time()
    assert not regex("(a+)+$", "a" * 20_000 + "b")
    assert time.process_time() - started < 1


MIXED = [
    ("glob", "*battery*"),
    ("regex", r"^\d+$"),
    ("glob", "Fridge ?"),
    ("regex", "x*"),
    ("glob", "*"),
    ("regex", "(?i)straße|K"),
]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Low BATTERY", {0, 3, 4}),
        ("123", {1, 3, 4}),
        ("fridge 1", {2, 3, 4}),
        ("STRAßE", {3, 4, 5}),
        ("\N{KELVIN SIGN}", {3, 4, 5}),
        ("", {3, 4}),
    ],
)
def test_the_index_names_the_patterns_that_match(text, numbers):
    assert set(index_patterns(MIXED)(text)) == numbers


def test_an_index_of_nothing_names_nothing():
    assert index_patterns([])("text") == []


def test_the_index_names_each_pattern_once():
    found = index_patterns(MIXED)("123")
    assert len(found) == len(set(found))


def test_a_thousand_patterns_are_told_apart():
    many = [("glob", f"*fridge*number {number};*") for number in range(1000)]
    search = index_patterns(many)
    assert search("My Fridge, number 471;") == [471]


class SmallFilter(re2.Filter):
    """RE2 as it behaves when no more than three patterns (and the sentinel) fit together."""

    def Add(self, *args):
        self.added = super().Add(*args)
        return self.added

    def Compile(self):
        if self.added > 3:
            raise re2.error("failed to compile")
        super().Compile()


@pytest.mark.parametrize("together", [1, 4, 5, 4000])
def test_patterns_too_many_for_one_search_are_parted(together, monkeypatch):
    monkeypatch.setattr(patterns, "_FILTER_SIZE", together)
    monkeypatch.setattr(patterns.re2, "Filter", SmallFilter)
    search = index_patterns([("glob", f"*{letter}*") for letter in "abcdefghijk"])
    assert search("cab fik") == [0, 1, 2, 5, 8, 10]


def truth(given_patterns, text):
    return {number for number, (kind, each) in enumerate(given_patterns) if compile_search(kind, each)(text)}


@pytest.mark.parametrize("memory", [1 << size for size in range(11, 20)])
def test_a_set_that_lacks_memory_names_all_patterns_instead_of_none(memory, monkeypatch):
    monkeypatch.setattr(patterns, "_SET_MEMORY", memory)
    given_patterns = [("regex", rf"^[a-z]+\d{{{number}}}[a-z]*\d$") for number in range(1, 40)]
    search = index_patterns(given_patterns)
    for text in ("abc12345678x9", "x1y2z3" * 20 + "9", "q12345678901234567890z1"):
        assert truth(given_patterns, text) <= set(search(text))


class GivesUp:
    """RE2 as it behaves when its search states do not fit: it compiles, and finds nothing in any text."""

    def __init__(self, *_):
        pass

    @classmethod
    def SearchSet(cls, _):
        return cls()

    def Add(self, *_):
        return 0

    def Compile(self):
        return None

    def Match(self, *_, **__):
        return None


class Refuses(GivesUp):
    """RE2 as it behaves when the patterns do not fit."""

    def Compile(self):
        raise re2.error("failed to compile")


@pytest.mark.parametrize("part", ["Set", "Filter"])
@pytest.mark.parametrize("failing", [GivesUp, Refuses])
def test_when_re2_fails_every_pattern_is_named(part, failing, monkeypatch):
    monkeypatch.setattr(patterns.re2, part, failing)
    search = index_patterns(MIXED)
    assert truth(MIXED, "low battery 12") <= set(search("low battery 12"))
    assert truth(MIXED, "12") <= set(search("12"))


def test_more_patterns_without_a_literal_than_a_set_takes_are_all_named(monkeypatch):
    monkeypatch.setattr(patterns, "_SET_SIZE", 1)
    assert index_patterns([("regex", r"^\d$"), ("regex", r"^\D$")])("1") == [0, 1]


GLOBS = st.text("ab*?[]!-KSsßÄä_ ", max_size=6).map(lambda text: ("glob", text))
REGEXES = st.text("ab.*|()?^$[]KSsßÄäi+", max_size=6).map(lambda text: ("regex", text))


def good(pattern):
    try:
        compile_search(*pattern)
    except ValueError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(
    given_patterns=st.lists((GLOBS | REGEXES).filter(good), max_size=6),
    text=st.text("abABKkſsSßÄä_ -\N{KELVIN SIGN}\ud800\n\x00", max_size=12),
)
@example(given_patterns=[("regex", "(?i)ſ")], text="S")
@example(given_patterns=[("glob", "ſ")], text="s")
@example(given_patterns=[("glob", "*\N{KELVIN SIGN}*")], text="kelvin")
@example(given_patterns=[("glob", "İ*")], text="i̇")
def test_the_index_never_misses_a_pattern(given_patterns, text):
    assert truth(given_patterns, text) <= set(index_patterns(given_patterns)(text))
