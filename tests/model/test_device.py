from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = "import torch; from model.device import fastest_precision; fastest_precision('cpu'); "


def test_a_trial_by_one_thread_leaves_the_others_to_the_training() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + "print(torch.get_num_threads())"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert int(done.stdout) == 2
