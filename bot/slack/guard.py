"""In front of Bolt: nothing unsigned, forged, old, oversized or broken reaches it (Slack's v0 signatures)."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

from schemas.ports import Clock

WINDOW = 300  # seconds, either way
BODY_LIMIT = 512 * 1024  # bytes; the largest interaction is a modal's state, far below


class Verdict(StrEnum):
    """Why a request goes no further; PASS when it does."""

    PASS = "pass"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    OLD = "old"
    FORGED = "forged"
    LARGE = "large"
    BROKEN = "broken"


STATUS: Mapping[Verdict, int] = {
    Verdict.PASS: 200,
    Verdict.UNSIGNED: 401,
    Verdict.MALFORMED: 401,
    Verdict.OLD: 401,
    Verdict.FORGED: 401,
    Verdict.LARGE: 413,
    Verdict.BROKEN: 400,
}


class Guard:
    """Checks ``X-Slack-Signature`` (v0) and ``X-Slack-Request-Timestamp``. Any of ``secrets`` will do: two are in
    force while one is rotated. ``counts`` says how many requests had which verdict."""

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a guard needs a signing secret")
        self._keys = tuple(secret.encode() for secret in secrets)
        self._clock = clock
        self.counts: Counter[Verdict] = Counter()

    def check(self, headers: Mapping[str, str], body: bytes) -> Verdict:
        """The verdict on the headers and the raw body, counted."""
        verdict = self._judge(headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", ""), body)
        return self.count(verdict)

    def count(self, verdict: Verdict) -> Verdict:
        """Counts a verdict reached elsewhere: too large before it was read, broken after it was signed."""
        self.counts[verdict] += 1
        return verdict

    def _judge(self, stamp: str, signature: str, body: bytes) -> Verdict:
        if not stamp or not signature:
            return Verdict.UNSIGNED
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return Verdict.MALFORMED
        if not (signature.isascii() and signature.startswith("v0=") and len(signature) == 67):
            return Verdict.MALFORMED
        if len(body) > BODY_LIMIT:
            return Verdict.LARGE
        if abs(self._clock.now().timestamp() - int(stamp)) > WINDOW:
            return Verdict.OLD
        given, base, fits = signature.encode(), b"v0:" + stamp.encode() + b":" + body, False
        for key in self._keys:  # every key is tried, so that the time does not tell which one fits
            fits |= hmac.compare_digest(b"v0=" + hmac.new(key, base, hashlib.sha256).hexdigest().encode(), given)
        return Verdict.PASS if fits else Verdict.FORGED
