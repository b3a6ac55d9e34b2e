"""An address that is taken is said before anything is started."""

import socket

import pytest

from deploy.serve import AddressTaken, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]


def test_port_0_is_a_free_one_and_is_given_back() -> None:
    with listening("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        assert port > 0
        with (
            pytest.raises(AddressTaken, match=f"127.0.0.1:{port}: Address already in use. Set PORT"),
            listening("127.0.0.1", port),
        ):
            raise AssertionError("two listen at one address")
    with listening("127.0.0.1", port), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_an_address_of_another_machine_cannot_be_listened_at() -> None:
    with pytest.raises(AddressTaken), listening("192.0.2.1", 0):
        raise AssertionError("it can")
