"""What can go wrong with books and models; each message is one sentence for people.

ModelError
├── BadCorpus        a book that cannot be read or trained on
├── BadModel         a model folder that is missing, truncated or foreign
├── BadSettings      settings that cannot be trained with
│   └── OtherTraining    a checkpoint that was begun with something else
├── TrainingFailed   a training that had to stop without a result
├── OutOfMemory      a training for which there is too little memory
└── NotSaved         a finished training whose version cannot be written; its checkpoint stays
"""


class ModelError(Exception):
    """Base of this package's errors."""


class BadCorpus(ModelError):
    """A book that cannot be read or trained on."""


class BadModel(ModelError):
    """A model folder that is missing, truncated or foreign."""


class BadSettings(ModelError):
    """Settings that cannot be trained with."""


class OtherTraining(BadSettings):
    """A checkpoint that was begun with something else: it cannot be gone on with, but one can train anew."""


class TrainingFailed(ModelError):
    """A training that had to stop without a result."""


class OutOfMemory(ModelError):
    """A training for which there is too little memory."""


class NotSaved(ModelError):
    """A finished training whose version cannot be written; its checkpoint stays."""
