"""Measurements of the router: `make bench`. What must not be here: anything the router needs to run."""
