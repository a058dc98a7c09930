"""How stories are presented: cards, lists, history, settings, votes, and the lines below passages."""

from __future__ import annotations

from bot.words.language import Phrase

UNTITLED = Phrase("Untitled", "无题")
A_STORY_BY = Phrase("A story by {name}", "{name}的故事")
BEGINS_IN = Phrase("📖 **{title}** begins in {place}.", "📖 **《{title}》** 在 {place} 开始了。")
RENAMED = Phrase("📖 This story is now called **{title}**.", "📖 这个故事现在叫**《{title}》**。")
THREAD_KEEPS_NAME = Phrase(
    "Discord did not rename the thread: it keeps its name. Someone who may manage threads can rename it.",
    "Discord 没有给子区改名，它还是原来的名字。能管理子区的人可以改。",
)
THE_END = Phrase(
    "📕 The end of **{title}**, after {passages}. `/story read` shows it, `/story reopen` goes on with it.",
    "📕 **《{title}》** 完结，{passages}。用 `/story read` 重读，用 `/story reopen` 接着写。",
)
GOES_ON = Phrase("📖 **{title}** goes on.", "📖 **《{title}》** 接着写。")

ANOTHER_WAY = Phrase("{title}, another way", "{title}（另一种走向）")
BRANCH_OF = Phrase(
    "🌿 A branch of **{title}** {place}, after passage {number}.",
    "🌿 从 **《{title}》** {place} 第 {number} 段分出的另一种走向。",
)
BRANCH_GOES_ON = Phrase("🌿 **{title}** goes on in {place}.", "🌿 **《{title}》** 在 {place} 接着写。")

CARD = Phrase(
    "We write this story together, passage by passage.\n\n"
    "▶️ **Continue** – I write the next one.\n"
    "✍️ **Write** – you write it.\n"
    "↩️ Whatever happens can be taken back.",
    "这个故事由我们一段一段地合写。\n\n▶️ **续写**：下一段我来写。\n✍️ **执笔**：下一段你来写。\n"
    "↩️ 写成什么样都不怕，随时可以撤销。",
)
CARD_VOTE = Phrase("🗳️ I write four takes each time; your votes choose.", "🗳️ 我每次写四版，由大家投票选出一版。")

LIST = Phrase("Stories", "故事")
LIST_FOOTER = Phrase("{first} to {last} of {count}", "第 {first} 到 {last} 个，共 {count} 个")
NO_PASSAGES = Phrase("no passage yet", "还没有段落")
PASSAGES = Phrase("{count:,} passages", "共 {count:,} 段", one="{count} passage")
PAGE = Phrase("Page {page} of {pages}", "第 {page} 页，共 {pages} 页")
PAGE_PART = Phrase(
    "Page {page} of {pages}, part {part} of {parts}", "第 {page} 页，共 {pages} 页；本页第 {part} 部分，共 {parts} 部分"
)

SETTINGS = Phrase("Settings of {title}", "《{title}》的设置")
STYLE = Phrase("Style", "风格")
OWN_NUMBERS = Phrase("own numbers", "自定数值")
STYLE_LINE = Phrase("**{style}** ({numbers})", "**{style}**（{numbers}）")
TEMPERATURE = Phrase("temperature {value:g}", "温度 {value:g}")
TOP_P = Phrase("top-p {value:g}", "top-p {value:g}")
TOP_K = Phrase("top-k {value}", "top-k {value}")
MIN_P = Phrase("min-p {value:g}", "min-p {value:g}")
COMMONNESS = Phrase("commonness {value:g}", "常用词 {value:g}")
REPETITION = Phrase("repetition {value:g}", "重复惩罚 {value:g}")
COMMA = Phrase(", ", "，")
WHERE = Phrase(", ", " · ")
WORDS_A_PASSAGE = Phrase("Words a passage", "每段字数")
VOTE = Phrase("Vote", "投票")
VOTE_ON_DEMAND = Phrase("on demand", "按需发起")
VOTE_ALWAYS = Phrase(
    "each passage; a vote takes {minutes} min or {count} votes",
    "每段都投；投票开放 {minutes} 分钟，满 {count} 票提前结束",
    one="each passage; a vote takes {minutes} min or {count} vote",
)
NOTE = Phrase("Note", "提示")

HISTORY = Phrase("History of {title}", "《{title}》的历史")
HISTORY_FOOTER = Phrase("Passages {first} to {last} of {count:,}", "第 {first} 到 {last} 段，共 {count:,} 段")
PASSAGE_LOST = Phrase("**{number}** – lost", "**{number}** 已丢失")
SOMEONE = Phrase("someone", "某位成员")
MODEL_FOR = Phrase("{model} for {member}, seed {seed}", "{model}（{member} 发起，种子 {seed}）")
WORDING = Phrase(", wording {number} of {count}", "，第 {number} 稿，共 {count} 稿")

UNDONE = Phrase(
    "Taken back. **Redo** or `/story redo` brings it back.", "已撤销。按**恢复**或用 `/story redo` 可以找回。"
)
REDONE = Phrase("Brought back.", "已恢复。")
EDITED = Phrase("Changed. What follows stays as it is.", "已修改，后面的内容保持不变。")

COPIED = Phrase(
    "≡ {count} words in a row as in {where}",
    "≡ 连续 {count} 个字词与 {where} 相同",
    one="≡ {count} word in a row as in {where}",
)
SOUNDS_LIKE = Phrase("≈ sounds most like {book}", "≈ 最像 {book}")
BALLOT = Phrase(
    "🗳️ **Which one goes on?** One vote each, changeable. Ends {when}, or with {count} votes.",
    "🗳️ **选哪一版接着写？**每人一票，可以改投。{when}结束，满 {count} 票提前结束。",
    one="🗳️ **Which one goes on?** One vote each, changeable. Ends {when}, or with {count} vote.",
)
