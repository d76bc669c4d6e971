"""alarm-router: an alert router that cannot stay silent."""

__version__ = "0.1.0"
