"""Limits of canaries: small expressions over the slate, and the pure judgement of one row of metrics."""
