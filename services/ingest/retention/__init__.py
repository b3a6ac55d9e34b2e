"""How long what is kept, why, and the nightly job that ends it."""
