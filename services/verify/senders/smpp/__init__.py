"""SMPP 3.4: a carrier's own gateway. Messages go out by one bind each; receipts come in by a bind that stays."""

from services.verify.senders.smpp.receipts import Receipt, hear_receipts
from services.verify.senders.smpp.sender import SmppSender

__all__ = ["Receipt", "SmppSender", "hear_receipts"]
