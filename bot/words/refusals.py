"""Why something is not done, and what to do instead; only the member who asked sees it."""

from __future__ import annotations

from bot.words.language import Phrase

BROKEN = Phrase(
    "Something went wrong on my side. Please try again; the details are in the operator's log.",
    "我这边出了点问题，请再试一次。详情已记入运维人员的日志。",
)
REDIS_DOWN = Phrase(
    "My database does not answer. Nothing was changed; please try again in a moment.",
    "我的数据库没有响应。什么都没有改动，请稍后再试。",
)
REDIS_REFUSES = Phrase(
    "My database (Redis) takes nothing from me just now. Nothing was changed; please tell the operator.",
    "我的数据库（Redis）现在拒绝写入。什么都没有改动，请告诉运维人员。",
)
PERHAPS_KEPT = Phrase(
    "My database fell silent just as I wrote this down. If nothing comes of it here within a minute, please try again.",
    "我正要记下来时，数据库没有响应。如果一分钟之内这里没有动静，请再试一次。",
)
PERHAPS_BEGUN = Phrase(
    "My database fell silent just as the training was to begin. Within a minute I tell in this channel whether it did.",
    "训练正要开始时，我的数据库没有响应。一分钟之内，我会在这个频道说明训练是否已经开始。",
)
PRESSED = Phrase("This button was pressed already. I am at it.", "这个按钮已经有人按过了，我正在处理。")
NOT_YOURS = Phrase(
    "I have not begun to write this, and it holds words of another member. "
    "Until I do, only they, or someone who may manage messages, can take it back.",
    "这一段我还没动笔，里面有别的成员写的文字。在我动笔之前，只有本人或能管理消息的人可以收回它。",
)
BUSY = Phrase(
    "I am writing in this story just now. Press **Stop** below my passage or wait for its end, then try again.",
    "我正在写这个故事。请按我那一段下面的**停止**，或等它写完，然后再试。",
)
VOTING = Phrase(
    "Members are voting on this passage. The host can end the vote with **Decide**.",
    "成员们正在为这一段投票。故事的发起人可以按**结束投票**。",
)
VOTE_OVER = Phrase("This vote is over.", "这次投票已经结束了。")

NOTHING_TO_UNDO = Phrase(
    "There is nothing to take back: this story has no passage yet. `/continue` begins it.",
    "没有可以撤销的内容：这个故事还没有段落。用 `/continue` 写下第一段吧。",
)
NOTHING_TO_REDO = Phrase("There is nothing to bring back.", "没有可以恢复的内容。")
GONE_ON = Phrase(
    "The story has gone on since. Use the buttons below its newest passage.",
    "故事已经往下写了，请用最新一段下面的按钮。",
)
TOO_FAR_BACK = Phrase(
    "That would take back {count} passages, and I take back {most} at once. "
    "Choose a later passage, or **Branch from here** to go on from it in a new thread.",
    "这样要撤销 {count} 段，而我一次最多撤销 {most} 段。请选靠后一点的段落，或者用**从这里分支**另开子区续写。",
)
ENDED = Phrase(
    "This story has ended. `/story reopen` goes on with it, `/story start` begins another.",
    "这个故事已经完结。用 `/story reopen` 接着写，或用 `/story start` 另起一个。",
)
NOT_ENDED = Phrase("This story has not ended: write on.", "这个故事还没有完结，接着写吧。")
NO_STORIES = Phrase(
    "There is no story here yet. `/story start` or `/continue` begins one.",
    "这里还没有故事。用 `/story start` 或 `/continue` 开始一个吧。",
)
NO_STORY = Phrase("There is no story here yet. `/continue` begins one.", "这里还没有故事。用 `/continue` 开始一个吧。")
NO_THREADS = Phrase(
    "There are no threads here. Use this in a text channel, a thread or a forum of a server.",
    "这里不能开子区。请到服务器的文字频道、子区或论坛里使用。",
)
PRIVATE_STORY = Phrase(
    "This thread is private, and a branch of its story would be open to all who see the channel. "
    "Go on with the story here.",
    "这个子区是私密的，而从这里分支会让频道里的所有人都看到故事。请在这里接着写。",
)
MAY_NOT_OPEN_IN = Phrase(
    "I may not tell a story in {place}: I lack {rights}. "
    "Ask someone who manages this server to give me that right there, then try again.",
    "我不能在 {place} 里讲故事，还缺少这些权限：{rights}。请让管理服务器的人在那里给我权限，然后再试。",
)
NOT_YOUR_PLACE = Phrase(
    "You may neither write nor open threads in {place}. Choose another place for your story.",
    "你在 {place} 里既不能发言，也不能新开子区。请给故事换一个地方。",
)
NO_TAG = Phrase(
    "Posts in {place} need a tag, and there is none that I may use. "
    "Ask someone who manages this server to add one there that is not for moderators only.",
    "{place} 里的帖子必须带标签，而那里没有我能用的标签。请让管理服务器的人在那里添加一个不限于管理员使用的标签。",
)
THREADS_FULL = Phrase(
    "This server has as many open threads as Discord allows, so {place} takes none. "
    "Ask someone who manages it to close some that are not needed, then try again.",
    "本服务器打开的子区已达 Discord 的上限，{place} 里开不了新的。请让管理服务器的人关闭一些不用的子区，然后再试。",
)
THREAD_REFUSED = Phrase(
    "Discord does not let me open a thread in {place} and write in it. "
    "Ask someone who manages this server to look at my rights there, then try again.",
    "Discord 不让我在 {place} 里新开子区并在其中发消息。请让管理服务器的人检查我在那里的权限，然后再试。",
)
NO_THREAD_NOW = Phrase(
    "Discord does not take my thread in {place} just now. Please try again in a moment; "
    "the details are in the operator's log.",
    "Discord 现在没有接受我在 {place} 里新开的子区。请稍后再试；详情已记入运维人员的日志。",
)
TOLD_ALREADY = Phrase(
    "This channel tells a story already. `/story end` ends it; then another one can begin here.",
    "本频道已经有一个故事了。先用 `/story end` 让它完结，再在这里开始新的。",
)
NOT_YOUR_PASSAGE = Phrase(
    "Only the member who wrote this passage or asked for it, the host of the story, "
    "or someone who may manage messages can do that. **Continue** and **Write** are open to all.",
    "只有写下或要来这一段的成员、故事的发起人，或能管理消息的人才能这样做。**续写**和**执笔**人人都可以用。",
)
NOT_HOST = Phrase(
    "Only the host of this story, or someone who may manage messages, can do that.",
    "只有这个故事的发起人，或能管理消息的人，才能这样做。",
)
NO_PASSAGE = Phrase(
    "I do not know that message. Choose a message that shows a passage of this channel's story.",
    "我不认得这条消息。请选一条显示本频道故事段落的消息。",
)
NOT_OF_THIS_STORY = Phrase("That passage is not part of this channel's story.", "这一段不属于本频道的故事。")
NOT_YOUR_MESSAGE = Phrase(
    "Only your own messages can become part of the story. Ask its author to add it.",
    "只有你自己的消息才能加入故事。请让这条消息的作者来加。",
)
EMPTY_MESSAGE = Phrase(
    "There is nothing in it that can be read. Type some words.", "里面没有看得见的文字，请写几个字。"
)
UNCHANGED = Phrase("You changed nothing.", "你什么都没有改。")
NO_SUCH_WORDS = Phrase(
    "Those words are not in the passage. Copy them exactly as they stand there.",
    "这一段里没有这些文字。请照原样一字不差地复制过来。",
)
NO_OLD_WORDS = Phrase(
    "Say which words to change: copy some from the passage.", "请写明要改哪些文字：从这一段里复制几个字过来。"
)
EMPTY_BOOK = Phrase(
    "This story has nothing to make a book of yet. `/continue` begins it, then use `/book export` again.",
    "这个故事还没有内容可以成书。先用 `/continue` 写起来，再用 `/book export`。",
)
BOOK_TOO_LARGE = Phrase(
    "This book is too large for a file in Discord. Export it in another format.",
    "这本书太大，Discord 的文件装不下。请换一种格式导出。",
)
BOOK_RUNS = Phrase(
    "I am writing a book here just now. Wait for its end, or press **Stop** below it; what is written stays.",
    "我正在这里写一本书。请等它写完，或按它下面的**停止**；已经写好的会保留。",
)

NO_CHANNEL = Phrase(
    "I can only write in a channel. Use this command in one.", "我只能在频道里写作，请到频道里使用这个命令。"
)
MAY_NOT_POST = Phrase(
    "I may not post here: I lack {rights}. Ask someone who manages this server to give me that right, then try again.",
    "我不能在这里发消息，还缺少这些权限：{rights}。请让管理服务器的人给我权限，然后再试。",
)
AND = Phrase(" and ", "、")
VIEW_CHANNEL = Phrase("View Channel", "查看频道")
SEND_MESSAGES = Phrase("Send Messages", "发送消息")
SEND_IN_THREADS = Phrase("Send Messages in Threads", "在子区内发送消息")
EMBED_LINKS = Phrase("Embed Links", "嵌入链接")
ATTACH_FILES = Phrase("Attach Files", "附加文件")
CREATE_PUBLIC_THREADS = Phrase("Create Public Threads", "创建公共子区")
CREATE_POSTS = Phrase("Create Posts", "创建帖子")
ONLY_IN_SERVERS = Phrase(
    "Here nobody can {what}: that belongs to a server. Use this command in a channel of one.",
    "这里不能{what}，这是服务器里的事。请到服务器的频道里使用这个命令。",
)
ONLY_MANAGERS = Phrase(
    "Only members with the right Manage Server can {what}. Ask one of them.",
    "只有拥有“管理服务器”权限的成员才能{what}，请找他们帮忙。",
)
NO_ROLE = Phrase(
    "To {what} here you need the role {role}. Ask someone who manages this server.",
    "要在这里{what}，你需要身份组 {role}。请联系管理服务器的人。",
)
TO_WRITE = Phrase("write", "写作")
TO_BEGIN_STORIES = Phrase("begin stories", "开始故事")
TO_CHANGE_RULES = Phrase("change the rules", "修改规则")
TO_CHOOSE_MODEL = Phrase("choose the model", "选择模型")
TO_TRAIN = Phrase("train a model", "训练模型")
TO_STOP_TRAINING = Phrase("stop a training", "停止训练")

NO_SHARED_WORDS = Phrase(
    "There are no words from stories that I may learn from. Each member decides for themselves: "
    "`/privacy training learn:on` counts for what they write from then on. "
    "To learn from books alone, leave `stories` out.",
    "故事里没有我可以学习的文字。这由每位成员自己决定：用过 `/privacy training learn:on` 之后写的才算。"
    "只想用书训练，就不要填 `stories`。",
)
TOO_MANY_MINE = Phrase(
    "You have asked for {limit} passages within this hour, and that is the limit. Try again {when}.",
    "你这一小时已经要了 {limit} 段，到上限了。请{when}再试。",
)
TOO_MANY_HERE = Phrase(
    "This server has asked for {limit} passages within this hour, and that is the limit. Try again {when}.",
    "本服务器这一小时已经要了 {limit} 段，到上限了。请{when}再试。",
)
MORE_THAN_AN_HOUR = Phrase(
    "That is more than the {limit} passages an hour that a member may ask for here.",
    "这里每位成员一小时最多只能要 {limit} 段，你要的超过了。请少要一些。",
)
BLOCKED = Phrase(
    "That holds a word that does not appear in the stories of this server. Say it in other words.",
    "里面有本服务器故事中不允许出现的词，请换个说法。",
)
BAD_WORD = Phrase(
    "A word to block has 1 to 50 characters, letters or digits among them. Signs and emoji alone are not seen.",
    "要屏蔽的词须有 1 到 50 个字符，其中要有文字或数字；光是符号和表情，我认不出来。",
)
ALL_BLOCKED = Phrase(
    "No more words can be blocked. `/rules unblock` makes room.",
    "屏蔽词已经满了。用 `/rules unblock` 腾出位置。",
)
NOT_BLOCKED = Phrase(
    "That word is not blocked. `/rules show` shows those that are.",
    "这个词没有被屏蔽。用 `/rules show` 查看已屏蔽的词。",
)
