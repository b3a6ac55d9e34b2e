"""Real engines without containers: Apache Kafka from its jars, PostgreSQL from the machine's own programs.

For development, tests and benchmarks on one machine: addresses on 127.0.0.1 only, no authentication.
"""

from deploy.engines.databases import create_databases, database_url, drop_databases
from deploy.engines.errors import EngineFailed, EngineMissing
from deploy.engines.kafka import fetch_kafka, kafka_broker
from deploy.engines.postgres import find_postgres, postgres_server
from deploy.engines.process import free_port
from deploy.engines.tools import fetch_helm, fetch_promtool

__all__ = [
    "EngineFailed",
    "EngineMissing",
    "create_databases",
    "database_url",
    "drop_databases",
    "fetch_helm",
    "fetch_kafka",
    "fetch_promtool",
    "find_postgres",
    "free_port",
    "kafka_broker",
    "postgres_server",
]
