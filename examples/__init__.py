"""Worked examples. Nothing of the bot imports them; ``resilience.yaml`` points at their scripts."""
