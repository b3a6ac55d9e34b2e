"""Social listening: mentions, their analysis, topics and insights."""
