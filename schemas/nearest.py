"""The nearest right word, for every sentence that says something was misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, words: Iterable[str]) -> str:
    """The word most like ``word``, or "" when none is alike."""
    known = {one.lower(): one for one in sorted(words, reverse=True)}
    found = get_close_matches(word.lower()[:200], sorted(known), n=1, cutoff=0.55)
    return known[found[0]] if found else ""


def suggest(word: str, words: Iterable[str], *, most: int = 8) -> str:
    """``did you mean 'finals'?``, else the short list of what is known, else ""."""
    known = sorted(set(words))
    found = nearest(word, known)
    if found:
        return f"did you mean {found!r}?"
    if not known:
        return ""
    return "known: " + ", ".join(known[:most]) + (" …" if len(known) > most else "")
