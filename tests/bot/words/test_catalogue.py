"""The catalogue is complete in both languages, and nothing that members read stands outside it."""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.words import commands, controls
from bot.words.language import Phrase
from bot.words.notes import NOTES
from bot.words.troubles import TROUBLES

BOT = Path(bot.__file__).parent
WORDS = sorted((BOT / "words").glob("[a-z]*.py"))
OUTSIDE = sorted(path for path in BOT.rglob("*.py") if path.parent.name != "words")
HAN = re.compile(r"[\u3400-\u9fff]")
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
"""A character, or a mark as Chinese has them."""
COMMAND = re.compile(r"`/[a-z ]+")
SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
WORD = re.compile(r"[A-Za-z]{2,}")
MARKUP = re.compile(r"""[<>]|="|\bserif\b""")
"""Pieces of HTML, XML and CSS; their words stand in braces."""
UNTOLD = {"sentence"}
"""What workers say themselves is English: Chinese may say it in its own words."""
SHOWN = {"label", "title", "description", "content", "text", "placeholder"}
"""Keywords of what Discord shows."""
FOR_OPERATORS = {"BadToken", "NoRedis", "BotError", "Undeliverable", "Failed", "write"}
"""What these say goes to the operator or the log."""


def phrases() -> dict[str, Phrase]:
    """Every phrase of the catalogue by module and name."""
    found: dict[str, Phrase] = {}
    for path in WORDS:
        module = importlib.import_module(f"bot.words.{path.stem}")
        found |= {f"{path.stem}.{name}": value for name, value in vars(module).items() if isinstance(value, Phrase)}
    found |= {f"troubles[{kind}]": phrase for kind, phrase in TROUBLES.items()}
    return found | {f"notes[{about}]": phrase for about, phrase in NOTES.items()}


ALL = sorted(phrases().items())


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_a_phrase_is_there_in_both_languages() -> None:
    for name, phrase in ALL:
        english = re.sub(r"\{.*?\}", "", phrase.en)
        assert phrase.en and phrase.zh, name
        assert phrase.en == phrase.zh or not HAN.search(english), f"{name} is Chinese in English"
        assert CHINESE.search(phrase.zh) or not SENTENCE.search(english), f"{name} is English in Chinese"
        assert CHINESE.search(phrase.zh) or phrase.en == phrase.zh or not WORD.search(english), name


def test_a_phrase_says_the_same_in_both_languages() -> None:
    for name, phrase in ALL:
        assert fields(phrase.en) - UNTOLD == fields(phrase.zh) - UNTOLD, f"{name} is filled in with other values"
        assert phrase.one is None or fields(phrase.one) == fields(phrase.en), name
        assert COMMAND.findall(phrase.en) == COMMAND.findall(phrase.zh), f"{name} names other commands"


def test_chinese_has_chinese_punctuation() -> None:
    for name, phrase in ALL:
        bare = re.sub(r"`[^`]*`|\{[^}]*\}|\*\*", "x", phrase.zh)
        assert not re.search(r"[\u3400-\u9fff] ?[,;:!?()\"'…](?!…)|[\u3400-\u9fff]\.", bare), name
        assert not re.search(r"[,;:!?()] ?[\u3400-\u9fff]", bare), name


def test_sentences_name_buttons_and_menus_as_they_are_called() -> None:
    labels = [value for module in (controls, commands) for value in vars(module).values() if isinstance(value, Phrase)]
    called = {label.en: label.zh for label in labels}
    for name, phrase in ALL:
        for label in set(re.findall(r"\*\*([A-Z][a-z ]+)\*\*", phrase.en)) - {"Greenbeard"}:
            assert label in called, f"{name} names **{label}**, which nothing is called"
            assert f"**{called[label]}**" in phrase.zh, f"{name} does not name {called[label]}"


def literals(tree: ast.AST) -> Iterator[tuple[ast.Constant, list[ast.AST]]]:
    """Every string in code, docstrings left out, with what it stands in, the innermost last."""

    def walk(node: ast.AST, above: list[ast.AST]) -> Iterator[tuple[ast.Constant, list[ast.AST]]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield child, [*above, node]
            else:
                yield from walk(child, [*above, node])

    return walk(tree, [])


def callee(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func)


def is_for_operators(above: list[ast.AST]) -> bool:
    return any(name.startswith("log.") or name.split(".")[-1] in FOR_OPERATORS for name in map(callee, above))


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(BOT)))
def test_no_sentence_stands_outside_the_catalogue(path: Path) -> None:
    for constant, above in literals(ast.parse(path.read_text(encoding="utf-8"))):
        text = str(constant.value)
        if is_for_operators(above) or MARKUP.search(text):
            continue
        where = f"{path.name}:{constant.lineno} says {text!r}"
        assert not SENTENCE.search(text), where
        assert not HAN.search(text) or "re.compile" in map(callee, above), where
        keyword = above[-1]
        if isinstance(keyword, ast.keyword) and keyword.arg in SHOWN:
            assert not WORD.search(text), where
        if isinstance(keyword, ast.keyword) and keyword.arg == "name" and callee(above[-2]).endswith("add_field"):
            assert not WORD.search(text), where


def test_every_phrase_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*OUTSIDE, BOT / "words" / "language.py"])
    for name, _ in ALL:
        module, _, constant = name.partition(".")
        assert not constant or re.search(rf"\b{constant}\b", code), f"nobody says {module}.{constant}"


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(BOT)))
def test_phrases_get_the_values_that_they_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {name.partition(".")[2]: phrase for name, phrase in ALL}
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "bot.words"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "of":
            said = node.func.value
            if isinstance(said, ast.Attribute) and isinstance(said.value, ast.Name) and said.value.id in modules:
                phrase = dict(ALL)[f"{modules[said.value.id]}.{said.attr}"]
            elif isinstance(said, ast.Name) and said.id in known:
                phrase = known[said.id]
            else:
                continue
            given = {keyword.arg for keyword in node.keywords}
            assert given == fields(phrase.en), f"{path.name}:{node.lineno} fills in {given}"
