"""A service needs no settings to run, and URLs decide the mode."""

from pathlib import Path
from typing import ClassVar

import pydantic
import pytest

from kernel.settings import ServiceSettings


class ShopSettings(ServiceSettings):
    service: ClassVar[str] = "shop"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "LOG_URL", "DATA_DIR", "KEY_DIR", "INTERNAL_KEY", "DATABASE_POOL"):
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_are_files_of_ones_own() -> None:
    settings = ShopSettings(data_dir=Path("/data"))
    assert settings.resolved_database_url() == "sqlite:////data/shop.db"
    assert settings.resolved_log_url() == "sqlite:////data/log.db"


def test_urls_from_the_environment_choose_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://db/shop")
    monkeypatch.setenv("LOG_URL", "kafka://broker:9092")
    settings = ShopSettings()
    assert settings.resolved_database_url() == "postgresql+asyncpg://db/shop"
    assert settings.resolved_log_url() == "kafka://broker:9092"


def test_keys_are_not_below_the_data() -> None:
    settings = ShopSettings()
    assert not settings.key_dir.resolve().is_relative_to(settings.data_dir.resolve())


def test_secrets_do_not_show() -> None:
    assert "hidden" not in repr(ShopSettings(internal_key=pydantic.SecretStr("hidden")))


def test_settings_do_not_change_and_are_checked() -> None:
    with pytest.raises(pydantic.ValidationError):
        ShopSettings(database_pool=0)
    with pytest.raises(pydantic.ValidationError):
        ShopSettings().log_level = "debug"  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in ServiceSettings.model_fields.values())
