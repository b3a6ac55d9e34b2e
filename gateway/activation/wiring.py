"""The slice's parts, made and joined."""

from gateway.activation.repository import HOLDINGS
from gateway.activation.sending import Sender
from gateway.activation.service import Desk
from gateway.activation.stream import Telling
from gateway.parts import Parts
from kernel.chassis import Chassis
from kernel.keys import secret_file
from kernel.web.outward import Outward

__all__ = ["HOLDINGS", "join_activation"]


def join_activation(chassis: Chassis, parts: Parts) -> Sender:
    """Let events be told to webhooks; the sender, which the doors wake."""
    settings = parts.settings
    desk = Desk(Outward(settings.webhooks_private), secret_file(settings.key_dir, "webhooks.key"))
    sender = Sender(chassis.database, desk)
    chassis.jobs.append(sender.run)
    chassis.consume("activation", Telling(parts.pairwise, sender.wake).handlers(), patient=True)
    return sender
