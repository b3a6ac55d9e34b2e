"""Social: the one place where its parts are put together."""

from fastapi import FastAPI

from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.web.app import make_app
from kernel.web.internal import InternalTokens
from services.social.analysis.api import analysis_router
from services.social.analysis.service import Readers
from services.social.analysis.stream import records_handler
from services.social.insights.api import insights_router
from services.social.mentions.api import mentions_router
from services.social.mentions.jobs import Backlog
from services.social.mentions.stream import notes_handler
from services.social.settings import SocialSettings
from services.social.tables import metadata, store
from services.social.topics.api import topics_router
from services.social.topics.service import TopicBook

MAX_BODY = 20 * 1024 * 1024
"""Bytes of a body after inflating: 10,000 mentions of 2,000 bytes."""

RECORDS_A_TURN = 1_000
"""Records whose texts are read in one transaction: about a fifth of a second where all hold one."""


def create_app(settings: SocialSettings, *, log: Log | None = None) -> FastAPI:
    """The service's app. `log` is given where several services share one process.

    Raises OSError where `key_dir` cannot be written.
    """
    chassis = Chassis(settings, metadata, store, log)
    readers, book = Readers(settings.social_readers), TopicBook()
    backlog = Backlog(chassis.database, readers, book, settings.social_chunk)
    chassis.consume("analysis", [records_handler(readers, book)], limit=RECORDS_A_TURN, patient=True)
    chassis.hold()  # no table here names a person
    chassis.jobs.append(backlog.run)
    chassis.closers.append(readers.close)
    secret = secret_file(settings.key_dir, "social.key")
    chassis.consume("notes", [notes_handler(secret, backlog.wake)], patient=True)
    return make_app(
        chassis,
        title="Chandung social",
        description="What people say in public and in their own words: mentions, analysis, topics, insights.",
        routers=[
            mentions_router(chassis.database, readers, secret, backlog.wake),
            analysis_router(readers),
            topics_router(chassis.database, backlog.wake),
            insights_router(chassis.database),
        ],
        tokens=InternalTokens(internal_secret(settings.key_dir, settings.internal_key.get_secret_value())),
        max_body=MAX_BODY,
    )
