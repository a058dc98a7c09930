"""What a request says while it waits, and how it ends without a result."""

from __future__ import annotations

from bot.words.language import Phrase

WRITING = Phrase("✍️ Writing …", "✍️ 正在写……")
NO_WRITER = Phrase(
    "⏳ No worker is running. I keep your request and write as soon as one starts.",
    "⏳ 现在没有写作进程在运行。你的请求我先留着，进程一启动就开始写。",
)
AFTER_VOTE = Phrase("🗳️ Waiting: I write this when the vote above is over.", "🗳️ 等上面的投票结束，我就来写这一段。")
NO_TRAINER = Phrase(
    "⏳ No training worker is running. I keep your books and train as soon as one starts.",
    "⏳ 现在没有训练进程在运行。你的书我先留着，进程一启动就开始训练。",
)
KEPT = Phrase(
    "💾 My database went away just now. Your request is kept: I post the passage in this channel as soon as I can.",
    "💾 我的数据库刚刚断开了。你的请求已经保存，一恢复我就把这一段发到本频道。",
)
OWN_KEPT = Phrase(
    "💾 My database went away just now. Your words are kept: they become part of the story as soon as it is back. "
    "You need not send them again.",
    "💾 我的数据库刚刚断开了。你写的文字已经保存，一恢复就会成为故事的一部分，不用再发一次。",
)
STOPPED = "⏹️"
"""Begins what is said of a request that a member stopped."""
TAKEN_BACK = Phrase(f"{STOPPED} Stopped before I wrote a word.", f"{STOPPED} 还没动笔就停下了。")
TURN_COMES = Phrase("⏳ Waiting: my turn comes in about {time}.", "⏳ 排队中：大约 {time}后轮到你。")
AHEAD = Phrase(
    "⏳ Waiting: {count} requests ahead.",
    "⏳ 排队中：前面还有 {count} 个请求。",
    one="⏳ Waiting: {count} request ahead.",
)
LOST = Phrase("Your request was lost on its way. Please ask again.", "你的请求在路上丢失了，请再试一次。")
FAILED = Phrase("⚠️ {sentence}", "⚠️ {sentence}")
UNDONE_BY = Phrase("↩️ Taken back by {member}. Nothing is lost.", "↩️ {member} 撤销了这一段，内容仍然保留着。")
UNDONE_BY_SOMEONE = Phrase("↩️ Taken back. Nothing is lost.", "↩️ 这一段已撤销，内容仍然保留着。")
YOUR_PROMPT = Phrase("Your prompt was", "你写的开头是")

SECONDS = Phrase("{count} s", "{count} 秒")
MINUTES = Phrase("{count} min", "{count} 分钟")
HOURS = Phrase("{count} h", "{count} 小时")
HOURS_AND_MINUTES = Phrase("{hours} h {minutes} min", "{hours} 小时 {minutes} 分钟")

TRAINING_BEGINS = Phrase("⏳ The training of **{name}** is about to begin.", "⏳ **{name}** 的训练马上开始。")
TRAINING_FAILED = Phrase(
    "⚠️ The training of **{name}** ended without a model. {sentence}",
    "⚠️ **{name}** 的训练结束了，但没有得到模型。{sentence}",
)
