"""What was probably meant by something that stands where a number belongs: `8,0`, `8 °C`, `"> 8"`.

What must not be here: what is a number (`matching`).
"""

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

_NUMBER: Final = r"[-+]?\d+(?:[.,]\d+)?"
_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_WITH_UNIT: Final = re.compile(rf"({_NUMBER})\s*([^\W\d_]{{1,12}}|[°%‰][^\W\d_]?)")
_COMPARED: Final = re.compile(rf"(>=|<=|=>|=<|≥|≤|>|<)\s*({_NUMBER})(?:\s*\D{{1,12}})?")
_OPERATORS: Final[Mapping[str, str]] = {
    ">": "above",
    "<": "below",
    **dict.fromkeys((">=", "=>", "≥"), "at_least"),
    **dict.fromkeys(("<=", "=<", "≤"), "at_most"),
}


def number_hint(written: str, operator: str = "") -> str:
    """What to write instead; empty when nobody can tell. Behind an `operator` a comparison is not offered whole."""
    text = written.strip()
    if found := _COMPARED.fullmatch(text):
        number = _with_point(found[2])
        return f"write {number}" if operator else f"write {{{_OPERATORS[found[1]]}: {number}}}"
    if _COMMA.fullmatch(text):
        return f"write {_with_point(text)}: with a decimal point"
    if found := _WITH_UNIT.fullmatch(text):
        return f"write {_with_point(found[1])}; the unit stands in `unit`"
    return "write it without quotes" if _spells_number(text) else ""


def split_by_comma(tests: Mapping[str, Any]) -> str:
    """For `{above: 8,5}`, which YAML reads as `above: 8` and a key `5`: what to write instead."""
    entries = list(tests.items())
    for (name, value), (digits, nothing) in pairwise(entries):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and nothing is None and digits.isascii() and digits.isdigit():
            return f"write {name}: {value}.{digits}, with a decimal point"
    return ""


def _with_point(number: str) -> str:
    return number.replace(",", ".")


def _spells_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
