"""`python -m greenbeard` is the same as `greenbeard`."""

from greenbeard.cli import main

main()
