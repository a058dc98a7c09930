"""The few words that a book says of itself, in its own language."""

from __future__ import annotations

from bot.words.language import Phrase

CONTENTS = Phrase("Contents", "目录")
TO_CONTENTS = Phrase("↑ Contents", "↑ 目录")
OPENING = Phrase("Opening", "开篇")
COVER = Phrase("Cover", "封面")
CREDITS = Phrase("Who wrote this book", "本书作者")
SHARE = Phrase("{name}: {percent}", "{name}：{percent}")
THE_MODEL = Phrase("the model", "模型")
MEMBERS = Phrase("members", "成员")
OTHER_MEMBERS = Phrase("other members", "其他成员")
UNTITLED = Phrase("Our Story", "我们的故事")
VOLUME = Phrase("{title} – Volume {number}", "{title}　第{number}卷")
CHAPTER = Phrase("{number} – {title}", "{number}　{title}")

BY = Phrase("by {names}", "{names}　著")
BY_WITH_MODEL = Phrase("by {names}, with the model", "{names}与模型　著")
BY_MODEL = Phrase("written by a model", "模型　著")
COMMA = Phrase(", ", "、")
AND = Phrase(" and ", "、")
AND_OTHERS = Phrase("{names} and others", "{names}等")

DATE = Phrase("{year:04}-{month:02}-{day:02}", "{year}年{month}月{day}日")
WRITTEN = Phrase("Written from {first} to {last}", "写于{first}至{last}")
WRITTEN_ON = Phrase("Written on {date}", "写于{date}")
MODELS = Phrase("Model versions: {versions}", "模型版本：{versions}")
WHO = Phrase("Show who wrote what", "显示各段作者")
MADE = Phrase("Made with Greenbeard.", "由 Greenbeard 制作。")
