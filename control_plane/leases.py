"""Leases by the store's clock: whoever wrote the document last holds it until it is older than its length."""

from __future__ import annotations

from datetime import timedelta

from schemas.ports import Create, Doc, Done, Replace, Store


class Lease:
    """One named lease. ``hold`` takes it, keeps it, or says no; ``drop`` gives it back early."""

    def __init__(self, store: Store, name: str, owner: str, length: timedelta) -> None:
        self._store, self._name, self._owner, self._length = store, name, owner, length

    def hold(self) -> bool:
        """True when the lease is ours now. The beat counter makes every renewal a real write."""
        doc = self._store.get("leases", self._name)
        if doc is None:
            write: Create | Replace = Create("leases", self._name, {"owner": self._owner, "beat": 0})
        elif doc.value["owner"] == self._owner and doc.age < self._length / 3:
            return True
        elif doc.value["owner"] in (self._owner, "") or doc.age >= self._length:
            write = Replace("leases", self._name, self._beat(doc), doc.version)
        else:
            return False
        return isinstance(self._store.commit((write,))[0], Done)

    def drop(self) -> None:
        """Hands the lease back, so that nobody waits for its end; losing that race is no harm."""
        doc = self._store.get("leases", self._name)
        if doc is not None and doc.value["owner"] == self._owner:
            self._store.commit((Replace("leases", self._name, {"owner": "", "beat": 0}, doc.version),))

    def _beat(self, doc: Doc) -> dict[str, object]:
        return {"owner": self._owner, "beat": int(doc.value["beat"]) + 1}
