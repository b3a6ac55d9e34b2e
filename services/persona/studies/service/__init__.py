"""Making studies, looking at what there is (`coverage`), and working runs off (`runner`)."""

from services.persona.studies.service.coverage import CoverageDesk
from services.persona.studies.service.refreshing import refresh_due, refresh_for_ever
from services.persona.studies.service.runner import Runner
from services.persona.studies.service.studies import find_study, make_study, queue_run, read_run, read_study

__all__ = [
    "CoverageDesk",
    "Runner",
    "find_study",
    "make_study",
    "queue_run",
    "read_run",
    "read_study",
    "refresh_due",
    "refresh_for_ever",
]
