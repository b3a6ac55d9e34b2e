"""Pure rules of records: what they look like, when they are good, and what others may know of them."""
