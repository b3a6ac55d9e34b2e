"""The engines start, answer, stop, and keep what they were given."""

import asyncio
import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pytest_socket import SocketConnectBlockedError

from deploy.engines import (
    EngineFailed,
    EngineMissing,
    create_databases,
    database_url,
    drop_databases,
    fetch_kafka,
    find_postgres,
    free_port,
    kafka_broker,
    postgres_server,
)
from deploy.engines.postgres import closed_folder, server_account
from tests.engines import absence_skips

needs_an_engine = pytest.mark.engines


def is_open(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def make_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def send(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def first(bootstrap: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return bytes((await consumer.getone()).value)
    finally:
        await consumer.stop()


async def query(url: str, statement: str) -> object:
    connection = await asyncpg.connect(plain(url))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@needs_an_engine
async def test_a_broker_answers_stops_and_keeps_its_topics_over_a_restart(engine_folder: Path) -> None:
    with absence_skips():
        fetch_kafka()
    with kafka_broker(engine_folder) as bootstrap:
        port = int(bootstrap.rpartition(":")[2])
        await make_topic(bootstrap, "kept")
        await send(bootstrap, "kept", "chân dung".encode())
    assert not is_open(port)
    with kafka_broker(engine_folder) as bootstrap:
        assert (await first(bootstrap, "kept")).decode() == "chân dung"


@needs_an_engine
async def test_a_server_answers_stops_and_keeps_its_databases_over_a_restart(engine_folder: Path) -> None:
    with absence_skips():
        find_postgres()
    port = free_port()
    with postgres_server(engine_folder, port=port) as server:
        assert server == f"postgresql://postgres@127.0.0.1:{port}"
        await query(f"{server}/postgres", "CREATE TABLE kept AS SELECT 'chân dung' AS word")
    assert not is_open(port)
    with postgres_server(engine_folder) as server:
        assert await query(f"{server}/postgres", "SELECT word FROM kept") == "chân dung"


@needs_an_engine
async def test_a_server_stops_although_a_client_stays_connected(engine_folder: Path) -> None:
    with absence_skips():
        find_postgres()
    with postgres_server(engine_folder) as server:
        connection = await asyncpg.connect(f"{server}/postgres")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()


@needs_an_engine
def test_a_server_that_cannot_start_says_why(engine_folder: Path) -> None:
    with absence_skips():
        find_postgres()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(EngineFailed, match="postgres ended with code 1 while starting"),
            postgres_server(engine_folder, port=port),
        ):
            pytest.fail("it started on a port that was taken")


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"])
async def test_what_is_committed_is_durable_in_tests_too(postgres_url: str, setting: str) -> None:
    assert await query(postgres_url, f"SHOW {setting}") == "on"


async def test_a_test_gets_an_empty_database_in_utf8(postgres_url: str) -> None:
    assert postgres_url.startswith("postgresql+asyncpg://")
    assert await query(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await query(postgres_url, "SHOW server_encoding") == "UTF8"


async def test_the_server_listens_on_this_machine_alone(postgres_url: str) -> None:
    if "TEST_POSTGRES_URL" in os.environ:
        pytest.skip("somebody else's server")
    assert await query(postgres_url, "SHOW listen_addresses") == "127.0.0.1"
    assert await query(postgres_url, "SHOW unix_socket_directories") == ""


@needs_an_engine
def test_a_test_with_an_engine_still_reaches_nothing_beyond_this_machine() -> None:
    beyond = "192.0.2.1"  # kept for documentation by RFC 5737: nobody has it
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=f'host "{beyond}"'):
        socket.create_connection((beyond, 80), timeout=1)


def test_creating_a_database_twice_changes_nothing_and_dropping_it_ends_it(postgres_server_url: str) -> None:
    name = f"test_{uuid.uuid4().hex}"
    database = database_url(postgres_server_url, name)
    create_databases(postgres_server_url, [name])
    asyncio.run(query(database, "CREATE TABLE kept AS SELECT 1 AS n"))
    create_databases(postgres_server_url, [name])
    assert asyncio.run(query(database, "SELECT n FROM kept")) == 1
    drop_databases(postgres_server_url, [name])
    drop_databases(postgres_server_url, [name])
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        asyncio.run(query(database, "SELECT 1"))


@pytest.mark.parametrize("name", ["", "Upper", "1st", 'a"; DROP DATABASE x; --', "a" * 64, "ngườì"])
def test_an_odd_name_of_a_database_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        create_databases("postgresql://postgres@127.0.0.1:1", [name])


def test_a_database_has_the_address_and_the_password_of_its_server() -> None:
    url = database_url("postgresql://app:s%40crt@db.example:5433", "ingest")
    assert url == "postgresql+asyncpg://app:s%40crt@db.example:5433/ingest"


async def test_the_shared_broker_takes_topics_at_once(kafka_bootstrap: str) -> None:
    topic = f"test.{uuid.uuid4().hex}"
    await make_topic(kafka_bootstrap, topic)
    await send(kafka_bootstrap, topic, b"1")
    assert await first(kafka_bootstrap, topic) == b"1"


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match=r"`java`.*install"):
        fetch_kafka(tmp_path)


def test_without_maven_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match=r"`mvn`.*install"):
        fetch_kafka(tmp_path)


def test_a_download_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "java").touch(mode=0o755)
    (tmp_path / "mvn").write_text("#!/bin/sh\necho no route to the repository\nexit 1\n")
    (tmp_path / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="could not be fetched: mvn failed: no route to the repository"):
        fetch_kafka(tmp_path / "engines")
    assert [path.name for path in (tmp_path / "engines" / "kafka").iterdir()] == [".lock"]


def test_a_folder_that_the_server_may_not_enter_is_named(tmp_path: Path) -> None:
    account = server_account()
    if account is None:
        pytest.skip("only root starts the server as somebody else")
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    with pytest.raises(EngineFailed, match="may not pass through"), postgres_server(shut):
        pytest.fail("it started in a folder that is not its own")
    assert closed_folder(Path("/any"), account) is None


@needs_an_engine
def test_the_command_prints_what_the_tests_read_and_stops_when_told(engine_folder: Path) -> None:
    with absence_skips():
        find_postgres()
    command = [
        sys.executable,
        "-m",
        "deploy.engines",
        "run",
        "--engine",
        "postgres",
        "--data",
        str(engine_folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        variable, _, address = server.stdout.readline().strip().partition("=")
        assert variable == "TEST_POSTGRES_URL"
        port = int(address.rpartition(":")[2])
        assert is_open(port)
        server.terminate()
    assert server.returncode == 0
    assert not is_open(port)
