"""Ids that derive from their cause: the same input decided twice names the same rows.

What must not be here: chance or a clock.
"""

from hashlib import blake2b

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
"""Ten bits each; no 0, 1, 8 and 9, which are misread for letters."""


def derived_id(*parts: str) -> str:
    """Twelve characters (a-z, 2-7) that stand for these parts: 60 bits of a BLAKE2b digest."""
    digest = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in (0, 10, 20, 30, 40, 50)])


def spread(cause: str) -> float:
    """A number in [0, 1) that stands for the cause: jitter that is the same when decided again."""
    return int.from_bytes(blake2b(cause.encode(), digest_size=4).digest(), "big") / 2**32
