"""Sending codes and checking them. Guessing and spending are counted, durably, before anything happens."""

from services.verify.challenges.service.checking import count_check, proves, refusal_of, use_code
from services.verify.challenges.service.desk import Asked, Checked, Opened, Post, Recipient, Verifications
from services.verify.challenges.service.inbound import receive_word
from services.verify.challenges.service.opening import (
    cancel_challenge,
    end_challenge,
    find_recipient,
    key_of_number,
    measure,
    open_challenge,
    reopen_sending,
    watched,
)
from services.verify.challenges.service.reports import note_delivery, receipt_jobs
from services.verify.challenges.service.sending import deliver, tend, tend_for_ever
from services.verify.challenges.service.sweeping import KEPT, sweep, sweep_for_ever

__all__ = [
    "KEPT",
    "Asked",
    "Checked",
    "Opened",
    "Post",
    "Recipient",
    "Verifications",
    "cancel_challenge",
    "count_check",
    "deliver",
    "end_challenge",
    "find_recipient",
    "key_of_number",
    "measure",
    "note_delivery",
    "open_challenge",
    "proves",
    "receipt_jobs",
    "receive_word",
    "refusal_of",
    "reopen_sending",
    "sweep",
    "sweep_for_ever",
    "tend",
    "tend_for_ever",
    "use_code",
    "watched",
]
