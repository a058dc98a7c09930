"""Benchmarks behind `greenbeard bench`: ours and its peers side by side in one run."""
