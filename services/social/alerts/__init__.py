"""Alerts: a day out of the ordinary is told to a webhook, with what explains it."""
