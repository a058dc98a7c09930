"""What is wrong with something that a member typed or attached, and how to mend it."""

from __future__ import annotations

from bot.words.language import Phrase

PROMPT_EMPTY = Phrase(
    "Your prompt has nothing in it that can be read. Type some words, or leave `prompt` out.",
    "你写的开头里没有看得见的文字。请写几个字，或者不填 `prompt`。",
)
PROMPT_LONG = Phrase(
    "Your prompt has {chars:,} characters and I take {most:,}. Shorten it, or send it in two turns.",
    "你写的开头有 {chars:,} 个字符，而我最多收 {most:,} 个。请缩短一些，或者分两次发。",
)
PASSAGE_LONG = Phrase(
    "Your passage has {chars:,} characters and I take {most:,}. Send it in two parts.",
    "你写的这一段有 {chars:,} 个字符，而我最多收 {most:,} 个。请分两次发。",
)
NOTE_LONG = Phrase(
    "Your note has {chars:,} characters and I take {most:,}. Shorten it.",
    "你的提示有 {chars:,} 个字符，而我最多收 {most:,} 个。请缩短一些。",
)
LINE_EMPTY = Phrase(
    "That {what} has nothing in it that can be read. Type some words.", "{what}里没有看得见的文字，请写几个字。"
)
LINE_LONG = Phrase(
    "That {what} has {chars:,} characters. Use at most {most}.", "{what}有 {chars:,} 个字符，最多只能用 {most} 个。"
)
TITLE = Phrase("title", "标题")
POV = Phrase("pov", "主角名")
WORDS_RANGE = Phrase(
    "I can write 1 to {most:,} words at a time, not {words:,}. Choose a number in between.",
    "我一次能写 1 到 {most:,} 字，写不了 {words:,} 字。请在这个范围内选一个数。",
)
CHAPTERS_RANGE = Phrase(
    "I can write 1 to {most:,} chapters at a time, not {chapters:,}. Choose a number in between.",
    "我一次能写 1 到 {most:,} 章，写不了 {chapters:,} 章。请在这个范围内选一个数。",
)
BAD_NAME = Phrase(
    "A model's name is 1 to 40 letters (a to z), digits, dots, hyphens or underscores, "
    "begins with a letter or digit and does not end in `.json`. Try `dragons-1`.",
    "模型的名字由 1 到 40 个小写字母（a 到 z）、数字、点、连字符或下划线组成，以字母或数字开头，不以 `.json` 结尾。"
    "例如 `dragons-1`。",
)
BAD_BUDGET = Phrase(
    "I do not understand that budget. Write it like `10m`, `600s`, `1h` or `1h30m`.",
    "我看不懂这个时长。请写成 `10m`、`600s`、`1h` 或 `1h30m` 这样。",
)
BUDGET_RANGE = Phrase(
    "I can train for {least} to {most}. Choose a time in between.", "训练时长须在 {least}到 {most}之间，请重新选一个。"
)

NO_BOOK = Phrase(
    "Attach your book with the option `books`: a .txt or .md file, or several in a .zip.",
    "请用选项 `books` 附上你的书：一个 .txt 或 .md 文件，或者打包成 .zip 的几本书。",
)
BOOK_LARGE = Phrase(
    "{file} is larger than {most} MiB. Attach fewer books, or pack them as a .zip.",
    "{file} 超过了 {most} MiB。请少附几本书，或者打包成 .zip。",
)
BOOK_NOT_GIVEN = Phrase(
    "Discord did not give me {file}. Attach it once more.", "Discord 没有把 {file} 交给我，请再附一次。"
)
BOOK_EMPTY = Phrase(
    "{file} is empty. Attach a book as a .txt, .md or .zip file.", "{file} 是空的。请附上 .txt、.md 或 .zip 格式的书。"
)
BOOK_NO_ZIP = Phrase(
    "{file} is not a zip, although it is named so. Pack your books as a .zip once more.",
    "{file} 名字是 .zip，其实不是。请把书重新打包成 .zip。",
)
BOOK_NO_TEXT = Phrase(
    "{file} is not a text file. Save the book as plain text (.txt) and attach that.",
    "{file} 不是文本文件。请把书存成纯文本（.txt）再附上。",
)
BOOK_SHORT = Phrase(
    "{file} is too short to learn from: it has {chars:,} visible characters and I need at least {least:,}. "
    "I write well after a novel or two (a million).",
    "{file} 太短了，学不到东西：只有 {chars:,} 个看得见的字符，而我至少需要 {least:,} 个。"
    "读过一两部长篇（上百万字），我才写得好。",
)
BOOK_DAMAGED = Phrase(
    "{file} is damaged. Pack your books as a .zip once more and attach that.",
    "{file} 已损坏。请把书重新打包成 .zip 再附上。",
)
BOOK_LOCKED = Phrase(
    "{file} is locked, or packed in a way that I cannot open. Pack your books as a plain .zip.",
    "{file} 加了密，或者打包方式我打不开。请打包成普通的 .zip。",
)
BOOK_NONE_INSIDE = Phrase(
    "{file} holds no .txt or .md file. Pack your books as text files and attach that.",
    "{file} 里没有 .txt 或 .md 文件。请把书存成文本文件再打包附上。",
)
BOOK_UNPACKS_LARGE = Phrase(
    "{file} unpacks to more than {most} MiB of text. Attach fewer books at once.",
    "{file} 解压后的文本超过 {most} MiB。请一次少附几本书。",
)
