"""The front door: ``resilience …`` and ``python -m bot …``."""

from __future__ import annotations

import json
import sys

from schemas.errors import ConfigError, ResilienceError, UsageError
from schemas.nearest import nearest


def main() -> None:
    """Exit codes: 0 all was looked at, 1 something ended in ERROR, 2 usage or configuration."""
    as_json = "--json" in sys.argv
    try:
        _answer(sys.argv[1:])
    except (UsageError, ConfigError) as error:
        sys.exit(_fail(error, 2, as_json))
    except ResilienceError as error:
        sys.exit(_fail(error, 1, as_json))
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_fail(error, 1, as_json))


def _answer(args: list[str]) -> None:
    """The service and each word start with their own files alone; the rest, and all help, by the list of commands."""
    from .commands import names

    if args == ["serve"]:
        from .start import serve

        serve(demo=False)
        return
    if args and args[0] in names() and "--help" not in args:
        from .start import word

        sys.exit(word(args))
    if args and not args[0].startswith("-"):
        _known(args[0])
    from .front import app

    app()


def _known(name: str) -> None:
    """Raises UsageError with the nearest word for what is neither a word nor a command."""
    from .commands import names, word

    own = ("serve", "demo", "validate")
    if name not in (*own, *names()):
        if near := nearest(name, own):
            raise UsageError(f"there is no word {name!r}; did you mean {near!r}? usage: {near}")
        word(name)


def _fail(error: Exception, code: int, as_json: bool) -> int:
    """One sentence on stderr, or one document; never a traceback."""
    ours = f"this is a fault of ours: {type(error).__name__}: {error}"
    words = str(error) if isinstance(error, ResilienceError) else ours
    if as_json:
        print(json.dumps({"schema_version": 1, "error": words}))
    print(f"resilience: {words}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
