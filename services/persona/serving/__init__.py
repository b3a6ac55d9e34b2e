"""Who belongs to which persona, for one person at a time and within consent."""
