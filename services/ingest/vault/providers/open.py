"""From a setting to a provider: which one it is, is a URL."""

from importlib.util import find_spec
from urllib.parse import parse_qs, urlsplit

from services.ingest.settings import IngestSettings
from services.ingest.vault.providers.kms import KmsKeys
from services.ingest.vault.providers.listed import EnvironmentKeys, FileKeys
from services.ingest.vault.providers.port import KeyProvider
from services.ingest.vault.providers.transit import TransitKeys


def open_provider(settings: IngestSettings) -> KeyProvider:
    """The provider of `KEK_URL`; where that is empty, the keys in `KEK`, else those of `KEY_DIR/kek.json`.

    Raises ValueError where the setting names no provider or lacks what that needs, or listed keys are unusable.
    """
    if settings.kek_url:
        return _remote(settings)
    if document := settings.kek.get_secret_value():
        return EnvironmentKeys(document)
    return FileKeys(settings.key_dir)


def _remote(settings: IngestSettings) -> KeyProvider:
    url = urlsplit(settings.kek_url)
    if url.scheme in ("transit+https", "transit+http"):
        return _transit(settings)
    if url.scheme == "kms":
        if find_spec("awscrt") is None:
            raise ValueError("KEK_URL names AWS KMS: install the extra chandung[aws].")
        query = parse_qs(url.query)
        region, endpoint = (query.get(name, [""])[0] for name in ("region", "endpoint"))
        key = url.netloc + url.path
        if not key or not region:
            raise ValueError("KEK_URL of AWS KMS is kms://<key id, ARN or alias>?region=<region>.")
        return KmsKeys(key, region, endpoint or None)
    raise ValueError("KEK_URL begins with transit+https:// or kms://.")


def _transit(settings: IngestSettings) -> TransitKeys:
    url = urlsplit(settings.kek_url.removeprefix("transit+"))
    mount, _, key = url.path.strip("/").rpartition("/")
    token = settings.vault_token.get_secret_value()
    if not url.hostname or not mount or not key or not token:
        raise ValueError(
            "KEK_URL of Vault is transit+https://<host>:<port>/<mount>/<key>, with VAULT_TOKEN set."
        )
    return TransitKeys(f"{url.scheme}://{url.netloc}/v1/{mount}", key, token, settings.vault_namespace)
