"""Trainings and models: progress, figures, and why a training or a passage failed."""

from __future__ import annotations

from bot.words.language import Phrase

TRAINING = Phrase("Training {name}", "正在训练 {name}")
READING = Phrase("Reading the books …", "正在读书……")
TIME_LEFT = Phrase("Time left", "剩余时间")
TIMES_THROUGH = Phrase("Times through the books", "通读遍数")
TIMES = Phrase("{value:.1f}", "{value:.1f} 遍")
SPEED = Phrase("Speed", "速度")
TOKENS_PER_S = Phrase("{value:,.0f} tokens/s", "每秒 {value:,.0f} 个词元")
LOSS = Phrase("Loss", "损失")
UNSEEN = Phrase("On unseen pages", "在没读过的文本上")
BITS = Phrase("{value:.3f} bits per character", "每字符 {value:.3f} 比特")
NOT_YET = Phrase("not yet", "还没有")
WRITES_BY_NOW = Phrase("It writes by now", "现在写成这样")
TRAINED = Phrase("The model {name} is trained", "模型 {name} 训练好了")
SAMPLE = Phrase(
    "A sample of what it writes:\n{sample}\n\n**Promote** lets it write from now on.",
    "它写的一段：\n{sample}\n\n按**启用**，从现在起就由它来写。",
)
TIME = Phrase("Time", "用时")
SIZE = Phrase("Size", "规模")
PARAMETERS = Phrase("{millions:.1f} million parameters ({preset})", "{millions:.1f} 百万参数（{preset}）")
GOOD_TO_KNOW = Phrase("Good to know", "训练记录")
LOWER_IS_BETTER = Phrase(
    "Fewer bits per character are better: the model is less surprised by a page it never saw.",
    "每字符的比特数越低越好：说明模型面对没读过的文本时更有把握。",
)

TAKES_TIME = Phrase("The training of **{name}** takes {time}. {line}", "**{name}** 的训练需要 {time}。{line}")
REPORT_HERE = Phrase("I report in this channel.", "我会在本频道报告进展。")
NONE_RUNS = Phrase(
    "No training is running. `/train start` begins one.", "现在没有训练在进行。用 `/train start` 开始一次。"
)
NOT_BEGUN = Phrase("The training of **{name}** has not begun yet. {line}", "**{name}** 的训练还没有开始。{line}")
IN_A_MOMENT = Phrase("It begins in a moment.", "马上就开始。")
NOTHING_TO_STOP = Phrase("No training is running, so there is nothing to stop.", "现在没有训练在进行，没有可停止的。")
ENDS_NOW = Phrase(
    "⏹️ The training ends now and keeps what it has learned. Its figures follow in a moment.",
    "⏹️ 训练就此结束，已经学到的会保留。稍后公布结果。",
)
SHARED = Phrase("Learning from stories", "从故事里学习")
SHARED_WORDS = Phrase(
    "**{words:,}** words from the stories here, by {count:,} members who agreed (`/privacy training`); "
    "nothing that I wrote.",
    "来自这里的故事，**{words:,}** 字，出自 {count:,} 位同意的成员（`/privacy training`）；我写的一概不用。",
    one="**{words:,}** words from the stories here, by {count} member who agreed (`/privacy training`); "
    "nothing that I wrote.",
)
NEVER_BEGAN = Phrase("⏹️ Taken back: the training had not begun.", "⏹️ 已收回：训练还没有开始。")
RUNS_ALREADY = Phrase(
    "A training ({name}) is running already; wait for it to end, or stop it with `/train stop`.",
    "已经有一个训练（{name}）在进行。请等它结束，或用 `/train stop` 停掉。",
)

MODELS = Phrase("Models", "模型")
MODELS_FOOTER = Phrase("Fewer bits per character are better.", "每字符的比特数越低越好。")
MORE_MODELS = Phrase("… and {count} more", "……还有 {count} 个")
MARKS = Phrase(" ({marks})", "（{marks}）")
LIVE = Phrase("live", "使用中")
CAME_WITH_ME = Phrase("came with me", "自带")
DAMAGED = Phrase("• {name} – damaged: {sentence}", "• {name}：已损坏，不能用来写作")
UNREADABLE = Phrase("it cannot be read", "无法读取")
TRAINED_ON = Phrase("• {name} – {score}, trained on {corpus}", "• {name}：{score}，训练用书：{corpus}")
AND_MORE_BOOKS = Phrase("{file} and {count} more", "{file} 和另外 {count} 本")
NO_MODEL = Phrase(
    "There is no model **{name}**. `/model list` shows those there are.",
    "没有名叫 **{name}** 的模型。用 `/model list` 查看有哪些。",
)
CANNOT_BE_USED = Phrase(
    "The model **{name}** is damaged and cannot write. Choose another one; `/model list` shows them.",
    "模型 **{name}** 已损坏，不能用来写作。请换一个，用 `/model list` 查看有哪些。",
)
IS_LIVE = Phrase(
    "⭐ **{name}** is live: I write with it from the next passage on. `/model promote` brings any other model back.",
    "⭐ **{name}** 已启用：从下一段起就由它来写。用 `/model promote` 可以随时换回别的模型。",
)
