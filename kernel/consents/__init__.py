"""A service's own view of the consent ledger: how it follows the ledger, how far it reaches, and what it permits."""
