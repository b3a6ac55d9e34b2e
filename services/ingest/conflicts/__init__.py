"""Two versions of one record: what is stored, and what came later under the same id."""
