"""The reference pipeline as generated data: thirty game days of an invented league, with or without faults."""

PROJECT = "nba-props-platform"
