"""Small expressions over named numbers: ``min(75, 10 * games)``, ``games <= 2 and rows < 20 * finals``.

Numbers, names, ``+ - * / ( )``, ``min``, ``max``; comparisons joined by ``and``, ``or``, ``not`` give a truth. What an
expression gives, number or truth, is settled when it is parsed.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .errors import ConfigError
from .nearest import suggest

Value = float | bool
"""A number or a truth. Whole numbers stay whole until they are divided."""

LONGEST, DEEPEST = 500, 40
_TOKEN = re.compile(r"\s*(?:(\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})|([A-Za-z_]\w*)|(<=|>=|==|!=|[-+*/(),<>]))")
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {"min": min, "max": max}
_WORDS = ("and", "or", "not", *_FUNCTIONS)


@dataclass(frozen=True)
class Node:
    """A step: ``op`` is an operator, a function, ``number`` or ``name``; ``truth`` says what it gives."""

    op: str
    parts: tuple[Node, ...] = ()
    number: float = 0
    name: str = ""
    truth: bool = False


@dataclass(frozen=True)
class Expression:
    """A parsed expression. ``names`` are those it needs; ``truth`` tells a condition from a number."""

    text: str
    root: Node
    names: frozenset[str]

    @property
    def truth(self) -> bool:
        return self.root.truth


def parse(text: str, known: Collection[str] | None = None) -> Expression:
    """The expression; the same text is read once. With ``known``, every name must be one of them. Raises ConfigError
    that names the position (characters count from 1) and the nearest right name."""
    return _parsed(text) if known is None else _read(text, known)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Expression:
    return _read(text, None)


def _read(text: str, known: Collection[str] | None) -> Expression:
    if len(text) > LONGEST:
        raise ConfigError(f"an expression has at most {LONGEST} characters, not {len(text)}")
    reading = _Reading(text, known)
    root = reading.either(0)
    if reading.token:
        raise reading.fault(f"{reading.token!r} is not expected here")
    return Expression(text, root, frozenset(reading.names))


def evaluate(expression: Expression, names: Mapping[str, float]) -> Value:
    """The value. Raises ConfigError for a name that has no number, a division by 0 and a result that is not finite."""
    try:
        value = _value(expression.root, names)
    except ZeroDivisionError as error:
        raise ConfigError(f"{expression.text!r} divides by 0") from error
    except OverflowError as error:
        raise ConfigError(f"{expression.text!r} is too large") from error
    if not math.isfinite(value):
        raise ConfigError(f"{expression.text!r} is not a finite number")
    return value


def _value(node: Node, names: Mapping[str, float]) -> Value:
    if node.op == "number":
        return node.number
    if node.op == "name":
        if node.name not in names:
            raise ConfigError(f"there is no number {node.name!r}", hint=suggest(node.name, names))
        return names[node.name]
    if node.op == "and":
        return all(_value(part, names) for part in node.parts)
    if node.op == "or":
        return any(_value(part, names) for part in node.parts)
    values = [_value(part, names) for part in node.parts]
    if node.op == "not":
        return not values[0]
    if node.op == "negative":
        return -values[0]
    if node.op in _COMPARISONS:
        return _COMPARISONS[node.op](values[0], values[1])
    if node.op in _FUNCTIONS:
        return _FUNCTIONS[node.op](*values)
    return _ARITHMETIC[node.op](values[0], values[1])


@dataclass
class _Reading:
    """One pass from left to right, one token ahead."""

    text: str
    known: Collection[str] | None
    token: str = ""
    at: int = 0
    end: int = 0
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.next()

    def next(self) -> str:
        """Takes the token ahead and looks at the one behind it."""
        taken, rest = self.token, self.text[self.end :]
        if not rest.strip():
            self.at, self.token = len(self.text), ""
            return taken
        found = _TOKEN.match(self.text, self.end)
        if found is None:
            self.at = self.end + len(rest) - len(rest.lstrip())
            raise self.fault(f"{rest.strip()[0]!r} is not understood")
        self.token = str(found[found.lastindex or 0])
        self.at, self.end = found.end() - len(self.token), found.end()
        return taken

    def fault(self, what: str, at: int | None = None, hint: str = "") -> ConfigError:
        place = (self.at if at is None else at) + 1
        return ConfigError(f"{self.text!r}, character {place}: {what}", hint=hint)

    def either(self, depth: int) -> Node:
        return self._joined("or", self._both, depth)

    def _both(self, depth: int) -> Node:
        return self._joined("and", self._denied, depth)

    def _joined(self, word: str, inner: Callable[[int], Node], depth: int) -> Node:
        at, parts = self.at, [inner(depth)]
        while self.token == word:
            self._want(parts[-1], True, at, word)
            self.next()
            at = self.at
            parts.append(inner(depth))
        if len(parts) == 1:
            return parts[0]
        self._want(parts[-1], True, at, word)
        return Node(word, tuple(parts), truth=True)

    def _denied(self, depth: int) -> Node:
        if self.token != "not":
            return self._comparison(depth)
        self._not_deeper(depth)
        self.next()
        at, part = self.at, self._denied(depth + 1)
        self._want(part, True, at, "not")
        return Node("not", (part,), truth=True)

    def _comparison(self, depth: int) -> Node:
        at, left = self.at, self._sum(depth)
        if self.token not in _COMPARISONS:
            return left
        sign = self.next()
        self._want(left, False, at, sign)
        at, right = self.at, self._sum(depth)
        self._want(right, False, at, sign)
        return Node(sign, (left, right), truth=True)

    def _sum(self, depth: int) -> Node:
        return self._folded(("+", "-"), self._product, depth)

    def _product(self, depth: int) -> Node:
        return self._folded(("*", "/"), self._signed, depth)

    def _folded(self, signs: tuple[str, ...], inner: Callable[[int], Node], depth: int) -> Node:
        at, left = self.at, inner(depth)
        while self.token in signs:
            sign = self.next()
            self._want(left, False, at, sign)
            at, right = self.at, inner(depth)
            self._want(right, False, at, sign)
            left = Node(sign, (left, right))
            depth += 1
            self._not_deeper(depth // 2)
        return left

    def _signed(self, depth: int) -> Node:
        if self.token != "-":
            return self._atom(depth)
        self._not_deeper(depth)
        self.next()
        at, part = self.at, self._signed(depth + 1)
        self._want(part, False, at, "-")
        return Node("negative", (part,))

    def _atom(self, depth: int) -> Node:
        self._not_deeper(depth)
        if not self.token:
            raise self.fault("it ends too early" if self.text.strip() else "it is empty")
        at, token = self.at, self.next()
        if token == "(":
            inside = self.either(depth + 1)
            self._close()
            return inside
        if token[0].isdigit() or token[0] == ".":
            return Node("number", number=float(token) if "." in token else int(token))
        if token in _FUNCTIONS and self.token == "(":
            return Node(token, self._arguments(token, depth))
        if token in _WORDS or not (token[0].isalpha() or token[0] == "_"):
            raise self.fault(f"{token!r} is not expected here", at)
        return self._name(token, at)

    def _name(self, token: str, at: int) -> Node:
        if self.token == "(":
            raise self.fault(f"there is no function {token!r}", at, suggest(token, _FUNCTIONS))
        if self.known is not None and token not in self.known:
            raise self.fault(f"there is no number {token!r}", at, suggest(token, self.known))
        self.names.add(token)
        return Node("name", name=token)

    def _arguments(self, word: str, depth: int) -> tuple[Node, ...]:
        parts: list[Node] = []
        while not parts or self.token == ",":
            self.next()
            at, part = self.at, self.either(depth + 1)
            self._want(part, False, at, word)
            parts.append(part)
        self._close()
        if len(parts) < 2:
            raise self.fault(f"{word} takes at least two numbers")
        return tuple(parts)

    def _close(self) -> None:
        if self.token != ")":
            raise self.fault("a closing bracket is missing")
        self.next()

    def _want(self, node: Node, truth: bool, at: int, word: str) -> None:
        if node.truth is not truth:
            wanted = "a condition such as games > 0" if truth else "a number, not a condition"
            raise self.fault(f"{word!r} wants {wanted}", at)

    def _not_deeper(self, depth: int) -> None:
        if depth > DEEPEST:
            raise self.fault(f"it is nested deeper than {DEEPEST}")
