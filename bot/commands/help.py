from __future__ import annotations

from bot.house import House
from bot.words import Answer, Section, Words

from . import help_of, names, word

USAGE = "help [WORD]"


def answer(house: House, words: Words) -> Answer:
    """Lists the words, or tells one."""
    if words.args:
        name = words.next("a word")
        usage = word(name).USAGE
        return Answer(usage, {"word": name, "usage": usage, "help": help_of(name)}, (Section(lines=(help_of(name),)),))
    rows = [(word(name).USAGE, help_of(name)) for name in names()]
    data = {"pipeline": house.pipeline.name, "words": [{"usage": usage, "help": said} for usage, said in rows]}
    lines = tuple(f"{usage}: {said}" for usage, said in rows)
    return Answer("What I understand", data, (Section(lines=lines),))
