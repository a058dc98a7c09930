"""What to know about a finished training. As of troubles, English is the worker's own sentence."""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.language import Phrase
from worker.contract import Concern

_SENTENCE = "{sentence}"

NOTES: Mapping[Concern, Phrase] = {
    "preset": Phrase(_SENTENCE, "按文字多少、时间和设备，自动选用了合适的规模。"),
    "small vocabulary": Phrase(_SENTENCE, "这些书的文字不多，词表比要求的小。"),
    "known validation": Phrase(_SENTENCE, "用来检验的文字大多也在训练的书里，所以得分说明不了它读新文本的水平。"),
    "no checkpoint": Phrase(_SENTENCE, "有一次没能存下中途的进度（多半是磁盘满了），训练照常继续。"),
    "half the rate": Phrase(_SENTENCE, "训练一度失控，已退回最好的状态，以一半的学习率继续。"),
    "best weights": Phrase(_SENTENCE, "训练一再失控，只好停在最好的状态。换一个种子或小一号的预设会好些。"),
    "by heart": Phrase(
        _SENTENCE, "模型开始死记硬背：没读过的文本越读越差。训练因此提前结束，保留了最好的状态。多给些文字会更好。"
    ),
    "": Phrase(_SENTENCE, _SENTENCE),
}
