"""Tests against real peers: each test starts what it needs on free ports, and stops it."""
