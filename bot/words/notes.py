"""What to know about a finished training. English is the worker's own sentence, unless that is for the command line."""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.language import Phrase
from worker.contract import Concern

_SENTENCE = "{sentence}"

NOTES: Mapping[Concern, Phrase] = {
    "preset": Phrase(_SENTENCE, "按文字多少、时间和设备，自动选用了合适的规模。"),
    "small vocabulary": Phrase(
        "The books hold little text, so the vocabulary is smaller than was asked for.",
        "这些书的文字不多，词表比要求的小。",
    ),
    "known validation": Phrase(
        "Most of the text that tests the model also stands in the books it learns from, so its figure says nothing "
        "about new text. Give each work only once.",
        "用来检验的文字大多也在训练的书里，所以得分说明不了它读新文本的水平。同一部作品请只给一份。",
    ),
    "parts read": Phrase(
        "The time was too short to test the model on all of the text held out for it, so its figure is of some parts.",
        "时间不够把留出的文字全部读完，所以得分只来自其中几段。",
    ),
    "no checkpoint": Phrase(
        _SENTENCE,
        "中途的进度出过问题：要么有一次没能存下（多半是磁盘满了），训练照常继续；要么存下的用不了，只好从头训练。"
        "模型本身不受影响。",
    ),
    "half the rate": Phrase(_SENTENCE, "训练一度失控，已退回最好的状态，以一半的学习率继续。"),
    "best weights": Phrase(
        "The training got out of hand again and again, so it ended early and kept its best state. "
        "More books or another budget may do better.",
        "训练一再失控，只好停在最好的状态。多给些书，或者换个时长，可能会好些。",
    ),
    "by heart": Phrase(
        "The model began to learn its books by heart: it read new text worse and worse. The training ended early and "
        "kept its best state. More books would help.",
        "模型开始死记硬背：没读过的文本越读越差。训练因此提前结束，保留了最好的状态。多给些书会更好。",
    ),
    "": Phrase(_SENTENCE, _SENTENCE),
}
