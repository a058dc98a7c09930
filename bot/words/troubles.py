"""Why a passage or a training failed.

English is what workers speak: there the worker's own sentence stands, unless it is for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.language import Phrase
from worker.contract import Trouble

_SENTENCE = "{sentence}"

TROUBLES: Mapping[Trouble, Phrase] = {
    "broken": Phrase(_SENTENCE, "出了不该出的问题。请再试一次，如果还是这样，请告诉运维人员，详情在工作进程的日志里。"),
    "too long": Phrase(_SENTENCE, "花的时间太久，已经放弃。请少要一些，再试一次。"),
    "stopped": Phrase(
        _SENTENCE,
        "处理这个请求时，工作进程几次被停掉，可能是内存不够。请少要一些（训练就少用几本书）再试，"
        "如果还是这样，请告诉运维人员。",
    ),
    "lost": Phrase("Your request was lost on its way. Please ask again.", "你的请求在路上丢失了，请再试一次。"),
    "nothing written": Phrase(_SENTENCE, "没有写出看得见的文字，请再试一次。"),
    "bad request": Phrase(_SENTENCE, "机器人和工作进程的版本对不上。请告诉运维人员。"),
    "bad model": Phrase(_SENTENCE, "现在用的模型有问题，写不了。请让管理服务器的人换一个模型。"),
    "bad books": Phrase(
        _SENTENCE,
        "这些书没法用来训练：有的不是文本、已损坏，或者文字太少（至少要几页，读过一两部长篇才写得好）。"
        "请存成纯文本（.txt，UTF-8）再上传。",
    ),
    "bad settings": Phrase(_SENTENCE, "这样的设置无法进行。请让管理服务器的人检查后再试。"),
    "training failed": Phrase(
        "The training did not settle, so it was broken off. Try again with other books or another budget.",
        "训练没有收敛，只好中止。请换一批书，或者换个时长再试。",
    ),
    "out of memory": Phrase(
        "There is too little memory for this training. Use fewer books or a shorter budget, or ask the operator for a "
        "machine with more memory.",
        "内存不够，训练不了。请少用几本书，或者把时间改短一些，或者请运维人员换一台内存更大的机器。",
    ),
    "not saved": Phrase(
        "The model is trained but cannot be saved; most likely the disk is full. Ask the operator to free some space, "
        "then train it again.",
        "模型训练好了，却存不下来，多半是磁盘满了。请让运维人员腾出空间，再训练一次。",
    ),
    "cannot replay": Phrase(_SENTENCE, "当初写这一段用到的东西已经不全了，所以无法重演。"),
    "books lost": Phrase(_SENTENCE, "这次训练用的书已经不在数据库里了，请重新上传。"),
    "stopped early": Phrase(_SENTENCE, "还没开始就停止了。"),
}
