"""`settings:` and `hours:`.

What must not be here: what other sections mean.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from router.config.include import Document
from router.config.placeholders import Surroundings, plain
from router.config.report import Part
from router.config.schema import SettingsModel
from router.config.validate import validated
from router.core.hours import Hours

_LEAST_KEPT: Final = timedelta(days=1)


def build_settings(main: Document, around: Surroundings) -> tuple[SettingsModel | None, Part]:
    """The settings (`None` when something in them is wrong) and where they stand."""
    part = main.part("settings")
    if part is None:
        message = "`settings` is missing: at least `fallback`, who is told when no rule matches"
        around.report.error(main.root.spot(), "missing-key", message, suggestion="add settings: {fallback: [NAME]}")
        return None, main.root
    model = validated(SettingsModel, plain(part.node, part.file, around.fill), part, around.report)
    if model is None:
        return None, part
    if model.keep < _LEAST_KEPT:
        message = "expected a duration of 1d at least: repeats and reopened alerts are told from the recent past"
        around.report.error(part.spot("keep"), "bad-duration", message)
    if model.templates is not None and not (around.folder / model.templates).is_dir():
        message = "there is no such folder: the templates that come with the router are used"
        around.report.warn(part.spot("templates"), "missing-folder", message)
    if model.public_url is not None:
        message = "this version has no pages yet: texts name the command that acknowledges, and have no links"
        around.report.warn(part.key_spot("public_url"), "no-effect", message, suggestion="leave it out until then")
    return model, part


def build_hours(parts: Mapping[str, Part], zone: str, around: Surroundings) -> dict[str, Hours]:
    """The named hours that are right; the report has what is wrong, by line."""
    found: dict[str, Hours] = {}
    for name, part in parts.items():
        lines = plain(part.node, part.file, around.fill)
        if isinstance(lines, list) and lines:
            good = [_is_line(line, part.at(number), zone, around) for number, line in enumerate(lines)]
            if all(good):
                found[name] = Hours.parse(lines, zone)
            continue
        hint = "for example [Mon-Fri 08:00-17:00]"
        message = f"expected a list of hours, not {part.what()}" if lines else "expected hours, this is empty"
        around.report.error(part.spot(), "wrong-type", message, suggestion=hint)
    return found


def _is_line(line: object, part: Part, zone: str, around: Surroundings) -> bool:
    """Can it be read as hours? If not, the report says so."""
    if not isinstance(line, str):
        around.report.error(part.spot(), "wrong-type", f"expected hours as a text, not {part.what()}")
        return False
    try:
        Hours.parse([line], zone)
    except ValueError as error:
        reason = str(error) if line == part.written() else "expected hours such as Mon-Fri 08:00-17:00"
        around.report.error(part.spot(), "bad-hours", reason)
        return False
    return True
