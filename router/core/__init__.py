"""Decides; see `router.core.decide`. Imports the standard library and itself, nothing else."""
