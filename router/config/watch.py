"""Has a file changed? By its time and size, so that asking often costs nothing.

What must not be here: when to ask.
"""

from pathlib import Path

Stamp = tuple[int, int, int] | None
"""Modification time in nanoseconds, size and inode; `None` for a file that is not there or cannot be seen."""


def stamp(path: Path) -> Stamp:
    """What tells one state of the file (or folder) from another."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
