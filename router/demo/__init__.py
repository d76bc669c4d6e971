"""The demonstration: a broker, a story and a view, around the real router."""
