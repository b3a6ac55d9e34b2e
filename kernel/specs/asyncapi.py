"""AsyncAPI 3 from the topic registry and what the services say they read: never written by hand."""

from collections.abc import Sequence
from typing import Any

import msgspec

from kernel.contracts.event import Event
from kernel.contracts.topics import RETENTION_DAYS, TOPICS, Topic

_SCHEMAS = "#/components/schemas/{name}"


def asyncapi_document(
    subscriptions: Sequence[dict[str, str]] = (), *, version: str = "0.1.0"
) -> dict[str, Any]:
    """The document for all topics; `subscriptions` are `{"consumer", "topic", "purpose"}` of every service."""
    events = [event for topic in TOPICS.values() for event in topic.events]
    _, schemas = msgspec.json.schema_components(events, ref_template=_SCHEMAS)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chandung events",
            "version": version,
            "description": (
                "What the services tell one another. Every event carries the envelope (id, type, version, subject, "
                "occurred_at, recorded_at, producer, epoch, sequence, traceparent); none carries linked personal "
                "data in clear."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": {
            **{f"send.{topic.name}": _sending(topic) for topic in TOPICS.values()},
            **{f"receive.{entry['consumer']}.{entry['topic']}": _receiving(entry) for entry in subscriptions},
        },
        "components": {
            "schemas": schemas,
            "messages": {event.__name__: _message(event) for event in events},
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    kept = "the last state of each key" if topic.compacted else f"{RETENTION_DAYS} days"
    return {
        "address": topic.name,
        "description": f"Written by {topic.owner}. Keyed by subject, {topic.partitions} partitions, keeps {kept}.",
        "messages": {
            event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in topic.events
        },
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.__name__,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().split("\n")[0],
        "payload": {"$ref": _SCHEMAS.format(name=event.__name__)},
    }


def _sending(topic: Topic) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"By {topic.owner}.",
    }


def _receiving(entry: dict[str, str]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{entry['topic']}"},
        "summary": f"{entry['consumer']} reads this for {entry['purpose']}.",
    }
