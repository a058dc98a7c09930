"""Making books: how far the writing is, and what stands above the files."""

from __future__ import annotations

from bot.words.language import Phrase

EPUB = Phrase("EPUB, for e-readers and phones", "EPUB，适合阅读器和手机")
HTML = Phrase("HTML, for every browser", "HTML，任何浏览器都能打开")
MARKDOWN = Phrase("Markdown", "Markdown")
PLAIN = Phrase("plain text", "纯文本")
CHAPTERS = Phrase("{count} chapters", "共 {count} 章", one="{count} chapter")

CHAPTER_OF = Phrase("📖 **Chapter {number} of {wanted}**", "📖 **第 {number} 章，共 {wanted} 章**")
STOPPING = Phrase("⏹️ Stopping …", "⏹️ 正在停止……")
NO_FILE = Phrase("I could not make the file. `/book export` tries again.", "文件没有做成。用 `/book export` 再试一次。")
WRITTEN = Phrase(
    "{count} of {wanted} chapters are written",
    "{wanted} 章中写好了 {count} 章",
    one="{count} of {wanted} chapters is written",
)
THE_CHAPTER_IS_WRITTEN = Phrase("the chapter is written", "这一章写好了")
RUN_ENDED = Phrase("📖 {written}.", "📖 {written}。")
CHAPTER_ENDED = Phrase("📖 The chapter is written.", "📖 这一章写好了。")
RUN_STOPPED = Phrase("⏹️ Stopped: {written}.", "⏹️ 已停止：{written}。")
