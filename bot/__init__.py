"""Discord: commands, views, delivery, and the tree of a story. Never imports torch."""
