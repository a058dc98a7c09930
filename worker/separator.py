"""What stands between a story and the prompt that goes on with it."""

from __future__ import annotations

from model.books import count_words, is_unspaced

__all__ = ["count_words", "separator"]

_CLINGING = frozenset(",.;:!?)]}…’”»%")
"""Characters that follow a word without a space."""


def separator(story: str, prompt: str, *, paragraph_ended: bool) -> str:
    """Return what joins `prompt` to `story` (its end suffices).

    Nothing at the start of a story, after white space and where the script has no spaces; a blank line where the
    last paragraph has ended; else a space: the paragraph goes on.
    """
    if not story or not prompt or story[-1].isspace() or prompt[0].isspace():
        return ""
    if paragraph_ended:
        return "\n\n"
    if prompt[0] in _CLINGING or is_unspaced(story[-1]) or is_unspaced(prompt[0]):
        return ""
    return " "
