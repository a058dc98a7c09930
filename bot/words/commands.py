"""What Discord shows of the commands: descriptions, options, choices, and the entries of a message's menu."""

from __future__ import annotations

from bot.words.language import Phrase

CONTINUE = Phrase("Go on with the story of this channel.", "续写本频道的故事。")
CONTINUE_PROMPT = Phrase("Your own next words; they become part of the story.", "你自己写的下文，会成为故事的一部分。")
CONTINUE_WORDS = Phrase("About how many words I add.", "我大约续写多少字。")
CONTINUE_NOTE = Phrase(
    "A hint for me alone: it steers what I write and is not shown.",
    "只给我看的提示：会影响我怎么写，但不出现在故事里。",
)
CHAPTER = Phrase("Write the next chapter of this channel's story.", "为本频道的故事写下一章。")
CHAPTER_TITLE = Phrase("The chapter's title; I make one up if you leave it out.", "这一章的标题，不填就由我来取。")
CHAPTER_POV = Phrase("Whose chapter it is: the name of a character.", "这一章以谁为主角，填人物的名字。")
CHAPTER_WORDS = Phrase("About how many words the chapter has at most.", "这一章最多大约多少字。")

WRITE = Phrase("Write the next passage yourself.", "由你执笔，写下一段。")
ADD_MENU = Phrase("Add to the story", "加入故事")
EDIT_MENU = Phrase("Edit this passage", "编辑这一段")
BACK_MENU = Phrase("Go back to here", "回到这一段")
REPLAY_MENU = Phrase("Replay this passage", "重演这一段")
BRANCH_MENU = Phrase("Branch from here", "从这里分支")

STORY = Phrase("Begin a story, find one, read it, and steer it.", "开始、查找、阅读故事，决定它怎么写。")
STORY_START = Phrase("Begin a new story in a thread of its own.", "新开一个子区，开始一个新故事。")
STORY_START_TITLE = Phrase("What it is called.", "故事的标题是什么。")
STORY_START_PLACE = Phrase("The channel or forum it is told in.", "故事写在哪个频道或论坛里。")
STORY_LIST = Phrase("Show the stories of this server.", "看看本服务器有哪些故事。")
STORY_READ = Phrase("Read this story from its beginning, or from a passage on.", "从头读这个故事，或从某一段读起。")
STORY_READ_PASSAGE = Phrase("The number of the passage to begin with.", "从第几段开始读。")
STORY_HISTORY = Phrase(
    "Show who wrote which passage of this story, when and how.", "看看这个故事的每一段是谁、何时、怎样写的。"
)
STORY_RENAME = Phrase("Give this story another title.", "给这个故事换个标题。")
STORY_RENAME_TITLE = Phrase("What it is called from now on.", "故事的新标题是什么。")
STORY_END = Phrase("End this story. It can be reopened.", "让这个故事完结，以后还可以重开。")
STORY_REOPEN = Phrase("Go on with a story that has ended.", "重开一个已经完结的故事。")
STORY_SETTINGS = Phrase("Show how this story is written, or change it.", "查看或修改这个故事的写法。")
SETTINGS_STYLE = Phrase("How freely I write: calm, balanced or wild.", "我写得有多放得开：沉稳、均衡或奔放。")
SETTINGS_WORDS = Phrase("About how many words each passage has.", "每一段大约多少字。")
SETTINGS_MODE = Phrase("Whether members vote on each passage.", "是否每一段都由成员投票选出。")
SETTINGS_MINUTES = Phrase("How long a vote runs at most, 1 to 1440 minutes.", "投票最多开放几分钟，1 到 1440。")
SETTINGS_QUORUM = Phrase("How many votes end it before the time is over.", "满多少票就提前结束投票。")
SETTINGS_NOTE = Phrase(
    "A hint for me that is not shown in the story; a hyphen (-) takes it away.",
    "只给我看的提示，不出现在故事里；填一个连字符（-）就清除。",
)
SETTINGS_TEMPERATURE = Phrase("For those who want numbers: 0.1 to 2.", "给想调数值的人：温度，0.1 到 2。")
SETTINGS_TOP_P = Phrase("For those who want numbers: 0.05 to 1.", "给想调数值的人：top-p，0.05 到 1。")
SETTINGS_TOP_K = Phrase("For those who want numbers: 0 (off) to 1000.", "给想调数值的人：top-k，0（关闭）到 1000。")
SETTINGS_MIN_P = Phrase("For those who want numbers: 0 (off) to 0.9.", "给想调数值的人：min-p，0（关闭）到 0.9。")
SETTINGS_COMMONNESS = Phrase(
    "How much I favour common words, 0 to 1; less is livelier.", "我有多偏爱常用词，0 到 1；越小越生动。"
)
SETTINGS_REPETITION = Phrase("For those who want numbers: 1 (off) to 2.", "给想调数值的人：重复惩罚，1（关闭）到 2。")
STORY_UNDO = Phrase("Take the newest passage back. Nothing is lost.", "撤销最新的一段，什么都不会丢。")
STORY_REDO = Phrase("Bring back what was taken back last.", "恢复最近一次撤销的段落。")
STORY_BRANCH = Phrase("Go on from a passage of this story in a new thread.", "从故事的某一段另开子区，写出另一种走向。")
STORY_BRANCH_PASSAGE = Phrase("The passage's number; the newest if left out.", "从第几段分出去，不填就是最新的一段。")
STORY_BRANCH_TITLE = Phrase("What the branch is called.", "这个分支叫什么标题。")

CALM = Phrase("calm", "沉稳")
BALANCED = Phrase("balanced", "均衡")
WILD = Phrase("wild", "奔放")
FREE = Phrase("free", "自由续写")
VOTE = Phrase("vote", "每段投票")
YES = Phrase("yes", "是")
NO = Phrase("no", "否")
ON = Phrase("on", "允许")
OFF = Phrase("off", "不允许")

BOOK = Phrase("Make a book of this channel's story.", "把本频道的故事做成书。")
BOOK_EXPORT = Phrase(
    "Get this channel's story as a book: a file with contents and credits.",
    "把本频道的故事导出成书：一个带目录和作者名单的文件。",
)
BOOK_FORMAT = Phrase("EPUB if you leave it out.", "文件格式，不填就是 EPUB。")
BOOK_WRITE = Phrase(
    "Write several chapters at once and get the book as one file.", "一口气写好几章，再把全书做成一个文件。"
)
BOOK_WRITE_CHAPTERS = Phrase("How many chapters I add to this channel's story.", "我为本频道的故事再写几章。")
BOOK_WRITE_WORDS = Phrase("About how many words each chapter has at most.", "每一章最多大约多少字。")

RULES = Phrase("Who may do what here, and how much.", "谁可以在这里做什么、做多少。")
RULES_SHOW = Phrase("Show the rules of this server.", "查看本服务器的规则。")
RULES_ROLES = Phrase(
    "Say which role may write, begin stories or train.", "指定哪个身份组可以写作、开始故事或训练模型。"
)
RULES_WRITERS = Phrase("May write; choose @everyone to let all.", "可以写作的身份组；选 @everyone 表示所有人。")
RULES_HOSTS = Phrase(
    "May begin stories; choose @everyone to let all.", "可以开始故事的身份组；选 @everyone 表示所有人。"
)
RULES_TRAINERS = Phrase(
    "May train models; choose @everyone to leave it to those who may manage the server.",
    "可以训练模型的身份组；选 @everyone 表示只有能管理服务器的人。",
)
RULES_LIMITS = Phrase("Say how many passages may be asked for within an hour.", "规定一小时内最多可以要多少段。")
RULES_LIMITS_MEMBER = Phrase("By one member.", "每位成员一小时的上限。")
RULES_LIMITS_SERVER = Phrase("By all members together.", "全体成员一小时的总上限。")
RULES_BLOCK = Phrase("Let a word never appear in stories.", "让某个词永远不出现在故事里。")
RULES_BLOCK_WORD = Phrase("The word, or a phrase.", "要屏蔽的词或短语。")
RULES_UNBLOCK = Phrase("Let a blocked word appear again.", "取消对某个词的屏蔽。")
RULES_UNBLOCK_WORD = Phrase("The word, as it was blocked.", "当初屏蔽的那个词。")
RULES_LANGUAGE = Phrase("Choose the language of what I say to everyone here.", "选择我在这里对大家说话用的语言。")
RULES_LANGUAGE_CHOICE = Phrase(
    "What only you see is in your Discord's language.", "只有你看得到的内容，跟随你 Discord 的语言。"
)
AS_THE_SERVER = Phrase("as the server's own setting says", "跟随服务器自己的设置")

PRIVACY = Phrase("What I keep of you, and how I forget it.", "我保存了你的哪些内容，以及怎样忘掉它们。")
PRIVACY_SHOW = Phrase("Show what I keep of you.", "看看我保存了你的哪些内容。")
PRIVACY_EXPORT = Phrase("Get everything that I keep of you as a file.", "把我保存的、与你有关的一切导出成文件。")
PRIVACY_FORGET = Phrase("Let me forget you. This cannot be undone.", "让我忘掉你，此操作无法撤销。")
PRIVACY_FORGET_HOW = Phrase(
    "Whether your words go, or stay in the stories without your name.", "删掉你写的文字，还是留在故事里但不再署名。"
)
FORGET_REPLACE = Phrase("Replace my words by […]", "把我写的文字换成 […]")
FORGET_GIVE = Phrase("Leave my words to the stories, without my name", "文字留给故事，但不再署我的名")
PRIVACY_TRAINING = Phrase(
    "Say whether models may learn from your words in stories.", "决定模型能否从你写进故事的文字里学习。"
)
PRIVACY_TRAINING_LEARN = Phrase("Whether they may; off until you say so.", "是否允许；在你同意之前都是不允许。")

TRAIN = Phrase(
    "Train a model on your own books (needs Manage Server).", "用你们自己的书训练模型（需要“管理服务器”权限）。"
)
TRAIN_START = Phrase(
    "Train a model on your books, and on your stories if you like.", "用你的书训练一个模型，也可以加上这里的故事。"
)
TRAIN_NAME = Phrase("What to call the model, for example dragons-1.", "给模型取个名字，例如 dragons-1。")
TRAIN_BOOKS = Phrase(
    "Your book as .txt or .md, or several in a .zip. Only use texts that you may use.",
    "一本 .txt 或 .md 格式的书，或者打包成 .zip 的几本书。请只用你有权使用的文本。",
)
TRAIN_BUDGET = Phrase("How long to train: 10m, 600s, 1h.", "训练多长时间，例如 10m、600s、1h。")
TRAIN_STORIES = Phrase(
    "Whether to learn from this server's stories too: the words of members who agreed, nobody else's.",
    "是否也从本服务器的故事里学习：只用同意的成员写的文字。",
)
TRAIN_STATUS = Phrase("Show how far the training is.", "看看训练进行到哪里了。")
TRAIN_STOP = Phrase("End the training early and keep what was learned.", "提前结束训练，保留已经学到的。")

MODEL = Phrase("Which models there are, and which one writes.", "有哪些模型，现在由哪一个来写。")
MODEL_PROMOTE = Phrase("Let another model write from now on.", "从现在起换一个模型来写。")
MODEL_PROMOTE_VERSION = Phrase("The model's name.", "要启用的模型的名字。")
MODEL_LIST = Phrase("Show the models and which one writes.", "列出所有模型，以及正在写作的那一个。")

STATUS = Phrase("Show the queue, the workers, the model and its speed.", "查看排队情况、工作进程、模型和速度。")
HELP = Phrase("How to write with me.", "看看怎样和我一起写作。")
