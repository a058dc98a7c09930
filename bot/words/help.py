"""The first words in a new server, and `/help`."""

from __future__ import annotations

from bot.words.language import Phrase

HELLO = Phrase(
    "👋 Hello, I am **Greenbeard**. I learned to write from books, and I write the next one with you.\n"
    "Type `/continue` in any channel to begin its story, with your own first words if you like: "
    "`/continue prompt:The rider came at dawn.`\n"
    "`/help` tells the rest.",
    "👋 大家好，我是 **Greenbeard**。我从书里学会了写作，想和你们一起写下一本。\n"
    "在任意频道输入 `/continue`，那里的故事就开始了；也可以由你写第一句：`/continue prompt:黎明时分，骑手来了。`\n"
    "其余的用 `/help` 查看。",
)

TITLE = Phrase("Greenbeard writes with you", "和 Greenbeard 一起写")
INTRODUCTION = Phrase(
    "Every channel, thread or direct message tells a story. You and I take turns.",
    "每个频道、子区或私信都在讲一个故事，你我轮流执笔。",
)
WRITE = Phrase("Write", "写作")
WRITE_HOW = Phrase(
    "`/continue` – I go on with the story. Add `prompt` with your own next words (they are shown in **bold** "
    "and become part of the story) and `words` for the length.\n"
    "`/write` – you write the next passage. **Add to the story** in a message's menu takes one of yours.\n"
    "`/chapter` – I write the next chapter, with a `title`, whose chapter it is (`pov`) and `words` if you "
    "like. It ends with the chapter as a file.",
    "`/continue`：我来续写。可以在 `prompt` 里写上你的下文（会以**粗体**显示，成为故事的一部分），"
    "用 `words` 指定字数。\n"
    "`/write`：下一段由你来写。也可以在消息菜单里选**加入故事**，把你自己的一条消息收进来。\n"
    "`/chapter`：我来写下一章，可以指定标题 `title`、主角 `pov` 和字数 `words`。写完后附上这一章的文件。",
)
STEER = Phrase("Steer", "调整")
STEER_HOW = Phrase(
    "Below the newest passage: **Another take**, ◀ ▶ to look through the takes, **Edit**, **Undo**, **Vote**. "
    "Nothing is ever lost: **Redo** brings back what was taken back.\n"
    "In the menu of an older passage: **Edit this passage**, **Go back to here**, **Branch from here**, "
    "**Replay this passage**.\n"
    "`≡ 7 words in a row as in …` names the longest run of words that my passage shares with the books.",
    "最新一段下面有：**换一版**、用 ◀ ▶ 翻看各版、**编辑**、**撤销**、**投票**。什么都不会丢："
    "撤销的内容按**恢复**就能找回。\n"
    "较早段落的消息菜单里有：**编辑这一段**、**回到这一段**、**从这里分支**、**重演这一段**。\n"
    "`≡ 连续 7 字与…相同` 指出我这一段与书中文字最长的重合。",
)
STORIES = Phrase("Stories", "故事")
STORIES_HOW = Phrase(
    "`/story start` begins one in a thread of its own. `/story list`, `read`, `history`, `rename`, `end`, "
    "`reopen` and `branch` do what they say; `/story settings` says how I write: calm, balanced or wild.",
    "`/story start` 新开一个子区，开始一个故事。`/story list`（列表）、`read`（阅读）、`history`（历史）、"
    "`rename`（改名）、"
    "`end`（完结）、`reopen`（重开）、`branch`（分支）；`/story settings` 决定我的写法：沉稳、均衡或奔放。",
)
MAKE_A_BOOK = Phrase("Make a book", "成书")
MAKE_A_BOOK_HOW = Phrase(
    "`/book export` – the story as a file: EPUB, HTML, Markdown or text.\n"
    "`/book write` – several `chapters` one after the other, then the file.",
    "`/book export`：把故事导出成文件，有 EPUB、HTML、Markdown 和纯文本。\n"
    "`/book write`：接连写好几章（`chapters`），最后得到文件。",
)
MANAGE = Phrase("For those who may manage the server", "给能管理服务器的人")
MANAGE_HOW = Phrase(
    "`/train start` – I learn from books that you attach. `/train status` and `/train stop` do what they say.\n"
    "`/model list` shows the models, `/model promote` lets one write from then on.\n"
    "`/rules` – who may write, how much, and words that never appear.",
    "`/train start`：我从你上传的书里学习。`/train status` 查看进度，`/train stop` 提前结束。\n"
    "`/model list` 列出模型，`/model promote` 换一个模型来写。\n"
    "`/rules`：谁可以写、能写多少、哪些词永远不出现，以及我对大家说哪种语言。",
)
LOOK = Phrase("Look", "查看")
LOOK_HOW = Phrase(
    "`/status` – who waits, which model writes and how fast. `/rules show` – what this server allows.\n"
    "`/privacy show` – what I keep of you, and how I forget it.",
    "`/status`：排队情况、正在写作的模型和速度。`/rules show`：本服务器的规则。\n"
    "`/privacy show`：我保存了你的哪些内容，以及怎样让我忘掉。",
)
FOOTER = Phrase(
    "I read only what you give me in commands. Nothing I write pings anyone.",
    "我只读你在命令里交给我的内容。我写的文字不会提醒任何人。",
)
