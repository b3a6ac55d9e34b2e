"""Key services: asked at the start and for a new version only, patient with faults, never believed where they err.

Both speak to local servers that answer as HashiCorp Vault and AWS KMS do; the real ones were not at hand.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from kernel.ids import new_id
from kernel.store.engine import Database
from services.ingest.settings import IngestSettings
from services.ingest.vault.providers import KeyProvider, ProviderFailed, asking, open_provider
from services.ingest.vault.providers.kms import KmsKeys
from services.ingest.vault.providers.listed import EnvironmentKeys, FileKeys
from services.ingest.vault.providers.transit import TransitKeys
from services.ingest.vault.ring import Keyring
from services.ingest.vault.rotation import Rotation
from services.ingest.vault.service import Vault
from tests.services.ingest.harness import record, running_ingest
from tests.services.ingest.key_services import TOKEN, KeyService, KmsService, TransitService, serving

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]


@pytest.fixture(params=[TransitService, KmsService])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyService]:
    """A key service, and credentials for it; what waits, waits briefly."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAINVENTED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "invented")
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(asking, "WAITS_S", (0.01, 0.01))
    with serving(request.param()) as made:
        yield made


def url_of(service: KeyService) -> str:
    if isinstance(service, TransitService):
        return f"transit+{service.url}/transit/chandung"
    return f"kms://{KmsService.KEY_ID}?region=ap-southeast-1&endpoint={service.url}"


def settings_for(service: KeyService, folder: Path) -> IngestSettings:
    return IngestSettings(key_dir=folder, kek_url=url_of(service), vault_token=SecretStr(TOKEN))


@pytest.fixture
def provider(service: KeyService, tmp_path: Path) -> KeyProvider:
    """As the settings name it."""
    return open_provider(settings_for(service, tmp_path))


@pytest.fixture
async def vault(provider: KeyProvider, tmp_path: Path) -> AsyncIterator[Vault]:
    """A vault over it."""
    made = Vault(Keyring(Database(f"sqlite:///{tmp_path / 'keyring.db'}"), provider), 100)
    yield made
    await made.keyring.close()


async def test_a_key_comes_back_for_its_own_version_only(provider: KeyProvider, service: KeyService) -> None:
    kept = await provider.make(1)
    keys = await provider.fetch({1: kept})
    assert len(keys[1]) == 32
    assert keys[1] not in kept
    assert await provider.fetch({1: kept}) == keys
    with pytest.raises(ProviderFailed):
        await provider.fetch({2: kept})
    assert len({await provider.make(1) for _ in range(3)}) == 3
    assert await provider.fetch({3: b""}) == {}


async def test_it_is_asked_for_versions_and_never_for_records(
    vault: Vault, provider: KeyProvider, service: KeyService
) -> None:
    owners = [new_id() for _ in range(50)]
    keys = await vault.keys_for(owners)
    vault.forget(owners)
    assert await vault.keys_for(owners) == keys
    assert len(service.asked) == 2
    await Rotation(vault.ring, 20.0).begin()
    assert len(service.asked) == 5
    again = Vault(Keyring(vault.keyring, provider), 100)
    assert await again.keys_for(owners) == keys


@pytest.mark.parametrize("fault", ["slow", "cut", "503", "throttled"])
async def test_a_passing_fault_is_waited_out(provider: KeyProvider, service: KeyService, fault: str) -> None:
    throttled = "429" if isinstance(service, TransitService) else "400"
    service.faults = [throttled if fault == "throttled" else fault] * 2
    kept = await provider.make(1)
    assert len(service.asked) == 3
    assert len((await provider.fetch({1: kept}))[1]) == 32


@pytest.mark.parametrize("fault", ["slow", "cut", "500", "nonsense"])
async def test_a_lasting_fault_is_an_outage_that_changes_nothing(
    vault: Vault, service: KeyService, fault: str
) -> None:
    service.faults = [fault] * 8
    with pytest.raises(ProviderFailed):
        await vault.keys_for([new_id()])
    service.faults = []
    owner = new_id()
    key = await vault.keys_for([owner])
    service.faults = [fault] * 8
    assert await vault.keys_for([owner]) == key
    with pytest.raises(ProviderFailed):
        await Rotation(vault.ring, 20.0).begin()
    assert (await Rotation(vault.ring, 20.0).state()).current.version == 1


async def test_a_refusal_is_not_tried_again_and_says_nothing_of_what_was_sent(
    service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: KeyProvider
    if isinstance(service, TransitService):
        refused = TransitKeys(f"{service.url}/v1/transit", "chandung", "another token")
    else:
        refused = KmsKeys("alias/another", "ap-southeast-1", service.url)
    with pytest.raises(ProviderFailed) as raised:
        await refused.make(1)
    assert len(service.asked) == 1
    sent: Any = service.asked[0][2]
    assert (sent.get("plaintext") or sent.get("Plaintext")) not in str(raised.value)
    assert "403" in raised.value.detail or "NotFoundException" in raised.value.detail


async def test_a_service_that_is_down_makes_ingest_unready_and_its_records_unstored(
    service: KeyService, tmp_path: Path
) -> None:
    service.faults = ["500"] * 100
    settings = {"kek_url": url_of(service), "vault_token": TOKEN}
    async with running_ingest(tmp_path, **settings) as ingest:
        assert (await ingest.client.get("/readyz")).status_code == 503
        answer = await ingest.client.post("/v1/records", json=record())
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "keys-unavailable")
        service.faults = []
        await ingest.accept(record())
        assert (await ingest.client.get("/v1/keys")).json()["provider"] in ("transit", "kms")


def test_the_setting_names_the_provider(tmp_path: Path) -> None:
    def opened(**given: Any) -> KeyProvider:
        return open_provider(IngestSettings(key_dir=tmp_path, **given))

    assert isinstance(opened(), FileKeys)
    assert isinstance(opened(kek='{"current": 1, "keys": {"1": "' + "ab" * 32 + '"}}'), EnvironmentKeys)
    made = opened(
        kek_url="transit+https://vault:8200/team/transit/chandung", vault_token="t", vault_namespace="n"
    )
    assert made == TransitKeys("https://vault:8200/v1/team/transit", "chandung", "t", "n")
    arn = "arn:aws:kms:ap-southeast-1:111122223333:key/0a1b"
    assert opened(kek_url=f"kms://{arn}?region=ap-southeast-1") == KmsKeys(arn, "ap-southeast-1")
    for bad in (
        "vault://x",
        "kms://alias/x",
        "kms://?region=r",
        "transit+https://vault:8200/transit/chandung",
    ):
        with pytest.raises(ValueError, match="KEK_URL"):
            opened(kek_url=bad)


async def test_without_credentials_it_is_an_outage(
    service: KeyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything asked of the network to find some."""
    if isinstance(service, TransitService):
        pytest.skip("Vault's token is a setting")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ProviderFailed, match="no credentials"):
        await open_provider(settings_for(service, tmp_path)).make(1)
