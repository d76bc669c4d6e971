"""The commands, one module each; imported by `router.cli` only when the command runs, so that `--help` is quick."""
