"""What a server decides, what is kept of a member, and how queue and workers stand."""

from __future__ import annotations

from bot.words.language import Phrase

RULES = Phrase("Rules of this server", "本服务器的规则")
MAY_WRITE = Phrase("Write", "写作")
MAY_BEGIN = Phrase("Begin stories", "开始故事")
MAY_TRAIN = Phrase("Train", "训练模型")
EVERYONE = Phrase("everyone", "所有人")
MANAGERS = Phrase("who may manage the server", "能管理服务器的人")
AN_HOUR = Phrase("Passages an hour", "每小时段数")
AN_HOUR_LIMITS = Phrase("{member:,} a member, {server:,} in all", "每位成员 {member:,} 段，全体 {server:,} 段")
BLOCKED = Phrase("Words that never appear", "永远不出现的词")
LANGUAGE = Phrase("Language", "语言")
ENGLISH = Phrase("English", "English")
CHINESE = Phrase("简体中文", "简体中文")

KEPT = Phrase("What I keep of you", "我保存了你的哪些内容")
KEPT_WHAT = Phrase(
    "**{passages:,}** passages that you wrote, edited or asked for, with **{words:,}** words of "
    "yours, and your Discord id beside them. I never read what is said in channels.\n"
    "Training on your words: **{training}**.\n\n"
    "`/privacy export` gives you all of it, `/privacy forget` lets me forget you.",
    "你写过、改过或要来的 **{passages:,}** 段，其中有你写的 **{words:,}** 字，以及旁边记下的你的 Discord ID。"
    "频道里的聊天我从来不读。\n"
    "用你的文字训练模型：**{training}**。\n\n"
    "`/privacy export` 把这些全部给你，`/privacy forget` 让我忘掉你。",
)
EXPORTED = Phrase("Everything that I keep of you:", "这是我保存的、与你有关的一切：")
FORGET_REPLACE = Phrase(
    "Every word that you wrote becomes […], and your name goes. This cannot be undone.",
    "你写的每个字都会变成 […]，你的名字也会抹去。此操作无法撤销。",
)
FORGET_GIVE = Phrase(
    "Your words stay in the stories, and your name goes. This cannot be undone.",
    "你写的文字留在故事里，你的名字会抹去。此操作无法撤销。",
)
FORGETTING = Phrase("I am forgetting you …", "正在忘掉你……")
FORGOTTEN = Phrase(
    "I have forgotten you. Messages in Discord follow over the next minutes, as fast as Discord lets me.",
    "我已经忘掉你了。Discord 里的消息会在接下来几分钟内陆续更新。",
)
FORGETTING_GOES_ON = Phrase(
    "My database went away just now. I go on forgetting you as soon as it answers; you need do nothing.",
    "我的数据库刚刚断开了。一恢复我就接着忘掉你，你什么都不用做。",
)
TRAINING_ON = Phrase(
    "Thank you. Models may learn from what you write in stories from now on.",
    "谢谢。从现在起，模型可以从你写进故事的文字里学习。",
)
TRAINING_OFF = Phrase(
    "Models do not learn from your words in stories, neither earlier nor later ones.",
    "模型不会从你写进故事的文字里学习，以前的和以后的都不会。",
)

STATUS = Phrase("Status", "状态")
WAITING = Phrase("Requests waiting", "排队的请求")
NONE = Phrase("none", "没有")
WRITING_WORKERS = Phrase("Writing workers", "写作进程")
TRAINING_WORKERS = Phrase("Training workers", "训练进程")
NONE_RUNS = Phrase("none is running", "没有在运行")
RUN_BUSY = Phrase("{count} running, busy", "{count} 个在运行，忙碌")
RUN_FREE = Phrase("{count} running, free", "{count} 个在运行，空闲")
MODEL = Phrase("Model", "模型")
LAST_PASSAGE_FROM = Phrase("{live} (the last passage came from {version})", "{live}（上一段出自 {version}）")
SPEED = Phrase("Speed", "速度")
WORDS_PER_S = Phrase("{words:,.0f} words per second", "每秒 {words:,.0f} 字")
NOTHING_WRITTEN = Phrase("nothing written yet today", "今天还没写过")
NOT_POSTED = Phrase("Not posted this week", "近七天未能发出")
NOT_POSTED_WHY = Phrase(
    "{count}: Discord did not let me. No passage is lost.", "{count} 条：Discord 不让我发。段落一个都没丢。"
)
REQUESTS_KEPT = Phrase(
    "Requests are kept and written as soon as a worker starts.", "请求都留着，写作进程一启动就会写。"
)
