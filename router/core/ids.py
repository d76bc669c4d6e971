"""Ids that derive from their cause: the same input decided twice names the same rows.

What must not be here: chance or a clock.
"""

from base64 import b32encode
from hashlib import blake2b


def derived_id(*parts: str) -> str:
    """Twelve characters (a-z, 2-7) that stand for these parts: 60 bits of a BLAKE2b digest."""
    digest = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return b32encode(digest)[:12].decode("ascii").lower()


def spread(cause: str) -> float:
    """A number in [0, 1) that stands for the cause: jitter that is the same when decided again."""
    return int.from_bytes(blake2b(cause.encode(), digest_size=4).digest(), "big") / 2**32
