"""The front door: command line, settings, and the simulated Discord of `greenbeard play`."""
