"""All that members read, in English and in Simplified Chinese: the one catalogue."""
