"""Files of mentions: reviews that app stores, maps and marketplaces hand out, comments, and any other table."""
