"""What the bot can be told; built by the front door and passed down."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from worker.contract import MAX_BOOK_BYTES, MAX_WORDS, SamplingChoice


@dataclass(frozen=True)
class BotOptions:
    """Everything the bot needs to know, besides its token."""

    redis_url: str
    home: Path
    """GREENBEARD_HOME."""
    shipped: Path
    """Folder of the model that is live until another is promoted."""
    consumer: str = "discord"
    """Name of this bot's event stream; two bots on one Redis need two names."""
    edit_interval_s: float = 1.2
    """Least time between two edits of one message."""
    waiting_interval_s: float = 5.0
    """How often a message that waits tells anew how many requests are ahead."""
    continue_words: int = 120
    continue_words_max: int = 600
    chapter_words: int = 800
    chapter_words_max: int = MAX_WORDS
    book_chapters_max: int = 20
    """Chapters that one `/book write` takes."""
    sampling: SamplingChoice = field(default_factory=SamplingChoice)
    time_limit_s: float = 180
    """Seconds after which a passage ends with what it has."""
    train_budget_s: float = 600
    train_budget_max_s: float = 4 * 3600
    upload_bytes_max: int = MAX_BOOK_BYTES
