"""How the model draws unless somebody says otherwise, chosen by a blind reading: docs/model.md, "Default sampling".

Apart from `model.sampling` because the worker's contract wants them too, and the bot never loads torch.
"""

TEMPERATURE = 0.9
TOP_P = 1.0
TOP_K = 0
MIN_P = 0.1
REPETITION = 1.0
COMMONNESS = 0.5
