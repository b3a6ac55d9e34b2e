"""librdkafka's mock cluster: brokers in this process that speak Kafka's protocol and fail when told to.

Its controls are C functions without Python names; the library that confluent-kafka brings exports them.
"""

import ctypes
from ctypes import c_char_p, c_int, c_int16, c_int32, c_int64, c_size_t, c_void_p
from typing import Any

from confluent_kafka import cimpl

PRODUCE = 0
BROKER = 1

_SIGNATURES: dict[str, tuple[object, ...]] = {
    "conf_new": (c_void_p,),
    "conf_set": (c_int, c_void_p, c_char_p, c_char_p, c_char_p, c_size_t),
    "new": (c_void_p, c_int, c_void_p, c_char_p, c_size_t),
    "destroy": (None, c_void_p),
    "mock_cluster_new": (c_void_p, c_void_p, c_int),
    "mock_cluster_destroy": (None, c_void_p),
    "mock_cluster_bootstraps": (c_char_p, c_void_p),
    "mock_topic_create": (c_int, c_void_p, c_char_p, c_int, c_int),
    "mock_group_initial_rebalance_delay_ms": (None, c_void_p, c_int32),
    "mock_partition_delete_records": (c_int, c_void_p, c_char_p, c_int32, c_int64),
    "mock_broker_set_down": (c_int, c_void_p, c_int32),
    "mock_broker_set_up": (c_int, c_void_p, c_int32),
    "mock_push_request_errors": (None, c_void_p, c_int16, c_size_t),  # then the error codes
}


class MockCluster:
    """A cluster of one broker. It offers no administration: topics are made here."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(cimpl.__file__)
        errors = ctypes.create_string_buffer(200)
        settings = self._call("conf_new")
        self._call("conf_set", settings, b"log_level", b"0", errors, len(errors))
        self._handle = self._call("new", 0, settings, errors, len(errors))
        assert self._handle, errors.value
        self._cluster = self._call("mock_cluster_new", self._handle, 1)
        self._call("mock_group_initial_rebalance_delay_ms", self._cluster, 0)
        self.bootstrap: str = self._call("mock_cluster_bootstraps", self._cluster).decode()

    def make_topic(self, name: str, partitions: int) -> None:
        assert self._call("mock_topic_create", self._cluster, name.encode(), partitions, 1) == 0

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        assert (
            self._call("mock_partition_delete_records", self._cluster, topic.encode(), partition, before) == 0
        )

    def set_down(self) -> None:
        """Close the broker's connections and take no new ones."""
        assert self._call("mock_broker_set_down", self._cluster, BROKER) == 0

    def set_up(self) -> None:
        assert self._call("mock_broker_set_up", self._cluster, BROKER) == 0

    def refuse(self, request: int, *errors: int) -> None:
        """Answer the next requests of a kind with `errors`, one each."""
        self._call("mock_push_request_errors", self._cluster, request, len(errors), *map(c_int, errors))

    def close(self) -> None:
        self._call("mock_cluster_destroy", self._cluster)
        self._call("destroy", self._handle)

    def _call(self, name: str, *arguments: object) -> Any:
        function = getattr(self._library, f"rd_kafka_{name}")
        function.restype, *function.argtypes = _SIGNATURES[name]
        return function(*arguments)
