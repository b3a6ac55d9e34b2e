"""Market notes: what was heard of competitors and the market, about no person."""
