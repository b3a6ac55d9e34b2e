"""Rules about clients, without I/O: what they may hold and grant, how secrets are hashed, how partners see ids."""
