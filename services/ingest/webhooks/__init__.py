"""Webhooks in: other systems push customers, orders and leads, signed; they go the way of every record."""
