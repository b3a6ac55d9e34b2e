"""How a code reaches its number: one port, senders behind it, a circuit breaker each, and the texts."""
