"""Who holds a number, and whether that person may be sent a code."""
