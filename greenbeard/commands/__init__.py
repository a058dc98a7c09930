"""The commands of `greenbeard`, one file a subject; each file has `register(app)` and imports inside its commands."""
