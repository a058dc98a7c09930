"""Every figure that the README names, each with the command that measures it (see README.md here)."""
