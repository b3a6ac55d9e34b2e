"""A client of the running platform, as the first operator (or another of the first clients)."""

import httpx2

from deploy.demo.connect import open_client, read_credentials
from deploy.settings import PlatformSettings


def platform_client(role: str = "operator") -> httpx2.AsyncClient:
    """An authenticated client of the platform of `HOST`, `PORT` and `DATA_DIR`.

    Raises FileNotFoundError, with what to do, before the first start, and ValueError where the file is broken.
    """
    settings = PlatformSettings()
    try:
        credentials = read_credentials(settings.data_dir)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"There are no credentials in {settings.data_dir}: start the platform once with `chandung up`."
        ) from error
    except ValueError as error:
        raise ValueError(f"{settings.data_dir / 'credentials.json'} is broken: it is not JSON.") from error
    return open_client(credentials, role=role, base_url=f"http://{settings.host}:{settings.port}")
