"""Leases by the store's clock: whoever wrote the document last holds it until it is older than its length.

A holder may be stopped for longer than that and wake up in the middle of a step. So what only the holder may write goes
through `commit`, where the lease's own renewal is a condition: the late one is refused.
"""

from __future__ import annotations

from datetime import timedelta

from schemas.ports import Create, Done, Replace, Store, Write


class Lease:
    """One named lease. ``hold`` takes it, keeps it, or says no; ``drop`` gives it back early."""

    def __init__(self, store: Store, name: str, owner: str, length: timedelta) -> None:
        self._store, self._name, self._owner, self._length = store, name, owner, length
        self._version, self._beat = 0, 0

    def hold(self) -> bool:
        """True when the lease is ours now. The beat counter makes every renewal a real write."""
        doc = self._store.get("leases", self._name)
        if doc is None:
            self._beat = 0
            return self._done(Create("leases", self._name, {"owner": self._owner, "beat": 0}))
        self._version, self._beat = doc.version, int(doc.value["beat"])
        if doc.value["owner"] == self._owner and doc.age < self._length / 3:
            return True
        if doc.value["owner"] in (self._owner, "") or doc.age >= self._length:
            return self.commit()
        return False

    def commit(self, *writes: Write) -> bool:
        """The writes and the renewal of the lease, all or nothing. False when somebody else has taken the lease since
        `hold`, or when a condition of the writes did not hold."""
        self._beat += 1
        return self._done(
            *writes, Replace("leases", self._name, {"owner": self._owner, "beat": self._beat}, self._version)
        )

    def drop(self) -> None:
        """Hands the lease back, so that nobody waits for its end; losing that race is no harm."""
        doc = self._store.get("leases", self._name)
        if doc is not None and doc.value["owner"] == self._owner:
            self._store.commit((Replace("leases", self._name, {"owner": "", "beat": 0}, doc.version),))

    def _done(self, *batch: Write) -> bool:
        answer = self._store.commit(batch)[0]
        if not isinstance(answer, Done):
            return False
        self._version = answer.versions[("leases", self._name)]
        return True
