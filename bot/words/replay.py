"""How a passage comes out that is written once more."""

from __future__ import annotations

from bot.words.language import Phrase

REPLAYING = Phrase("🔁 I write this passage again, for your eyes only …", "🔁 我把这一段重写一遍，只给你一个人看……")
MEMBERS_OWN = Phrase(
    "I can only replay what I wrote. This passage is a member's own.", "我只能重演自己写的段落，这一段是成员写的。"
)
UNKNOWN = Phrase(
    "I do not know any more how this passage was asked for, so I cannot replay it.",
    "这一段当初是怎样要来的，我已经不知道了，所以无法重演。",
)
CHANGED = Phrase(
    "This passage, or what comes before it, was changed since I wrote it, so I cannot replay it.",
    "我写完以后，这一段或它前面的内容改动过，所以无法重演。",
)
MODEL_GONE = Phrase(
    "The model **{name}**, which wrote this passage, is no longer here, so I cannot replay it.",
    "写这一段的模型 **{name}** 已经不在了，所以无法重演。",
)
THE_SAME = Phrase(
    "🟰 Letter for letter the same: **{model}** wrote it again from the same state with seed {seed}.",
    "🟰 一字不差：**{model}** 从同样的状态、用同样的种子 {seed} 又写了一遍。",
)
ANOTHER = Phrase(
    "≠ Not the same: with seed {seed} **{model}** writes differently from word {word} on: *{text}* "
    "Another kind of machine may be the reason.",
    "≠ 不一样：用种子 {seed}，**{model}** 从第 {word} 字起写成了：*{text}* 也许是因为机器不同。",
)
