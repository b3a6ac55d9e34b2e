"""Who is read as whom: merges, splits, and the suggestions that lead to them."""
