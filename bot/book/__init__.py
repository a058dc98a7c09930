"""Books: a story's passages bound into one value, and that value as Markdown, plain text, HTML and EPUB. No Discord."""
