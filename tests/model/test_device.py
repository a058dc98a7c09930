from __future__ import annotations

import os
import subprocess
import sys

import pytest

TRIALS = (
    "from model.device import fastest_precision; fastest_precision('cpu')",
    "from model.pace import tokens_per_second; assert tokens_per_second('cpu', 'float32') > 0",
)


@pytest.mark.parametrize("trial", TRIALS)
def test_a_trial_leaves_all_threads_to_the_training(trial: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import torch; {trial}; print(torch.get_num_threads())"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert int(done.stdout) == 2
