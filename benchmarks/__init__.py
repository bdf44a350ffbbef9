"""Measurements, each against a peer in the same run, as ratios."""
