"""Facts to text, through Jinja. The door is `templates.open_templates`.

The map, downhill: `templates` -> `files` -> `sandbox` -> (`checks`, `filters`, `views`) -> (`words`, `budget`);
`plain` is the text that stands in for a failed template, `samples` the made-up facts templates are tried on, `kinds`
the families of channels. What must not be here: logic.
"""
