"""Metrics of sending: by carrier and channel, never by number."""

from functools import cache
from typing import Any

from prometheus_client import Counter, Gauge

from kernel.telemetry import metrics


class SendingMetrics:
    """Made once a process, in the process's registry."""

    def __init__(self) -> None:
        made: dict[str, Any] = {"registry": metrics().registry}
        self.sent = Counter(
            "chandung_codes_sent",
            "Messages by what became of them.",
            ["sender", "channel", "outcome"],
            **made,
        )
        self.spent = Counter("chandung_codes_vnd", "Price of messages taken.", ["sender", "channel"], **made)
        self.balance = Gauge(
            "chandung_sender_balance_vnd", "What a carrier's account holds.", ["sender"], **made
        )
        self.open = Gauge(
            "chandung_sender_open", "1 where a carrier's circuit is broken.", ["sender"], **made
        )
        self.verifications = Counter(
            "chandung_verifications",
            "Verifications by how far they came: started, delivered, then one of the ends.",
            ["step"],
            **made,
        )
        self.alerts = Counter("chandung_fraud_alerts", "Alerts of the fraud guard.", ["rule"], **made)


@cache
def sending_metrics() -> SendingMetrics:
    """The process's, made on first use."""
    return SendingMetrics()
