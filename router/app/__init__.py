"""Puts the parts together: what needs several floors at once lives here, and nothing that could live lower.

`serve` runs the router; `loading` reads rules, templates and channels as one; `reload` does it again while running;
`emergency` tells people when the store cannot.
"""
