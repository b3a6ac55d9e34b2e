"""Pure rules of webhooks: signatures, mappings as data, and what a delivery comes to."""
