"""Labels of buttons, and of the sheets that open for writing."""

from __future__ import annotations

from bot.words.language import Phrase

CONTINUE = Phrase("Continue", "续写")
ANOTHER = Phrase("Another take", "换一版")
WRITE = Phrase("Write", "执笔")
EDIT = Phrase("Edit", "编辑")
UNDO = Phrase("Undo", "撤销")
REDO = Phrase("Redo", "恢复")
VOTE = Phrase("Vote", "投票")
DECIDE = Phrase("Decide", "结束投票")
BACK = Phrase("◀", "◀")
FORTH = Phrase("▶", "▶")
STOP = Phrase("Stop", "停止")
PROMOTE = Phrase("Promote", "启用")
FORGET_ME = Phrase("Forget me", "忘掉我")

WRITE_SHEET = Phrase("What happens next?", "接下来发生了什么？")
EDIT_SHEET = Phrase("Edit the passage", "编辑段落")
TEXT = Phrase("Text", "正文")
OLD_WORDS = Phrase("Old words", "原文")
NEW_WORDS = Phrase("New words", "改成")
