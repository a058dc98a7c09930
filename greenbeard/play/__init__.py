"""`greenbeard play`: embedded Valkey, workers, and the bot in a simulated Discord with a page and scripts."""
