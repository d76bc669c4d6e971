"""Tests of the notifiers, against local peers only."""
