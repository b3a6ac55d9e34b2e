"""A service's app by its name, for a process that runs that service alone."""

from kernel.web.asgi import ASGIApp


def app_of(service: str) -> ASGIApp:
    """The app of one service with settings from the environment. Raises KeyError for an unknown name."""
    factories = {
        "ingest": _ingest,
        "verify": _verify,
        "social": _social,
        "persona": _persona,
        "gateway": _gateway,
    }
    return factories[service]()


def _ingest() -> ASGIApp:
    from services.ingest.app import create_app
    from services.ingest.settings import IngestSettings

    return create_app(IngestSettings())


def _verify() -> ASGIApp:
    from services.verify.app import create_app
    from services.verify.settings import VerifySettings

    return create_app(VerifySettings())


def _social() -> ASGIApp:
    from services.social.app import create_app
    from services.social.settings import SocialSettings

    return create_app(SocialSettings())


def _persona() -> ASGIApp:
    from services.persona.app import create_app
    from services.persona.settings import PersonaSettings

    return create_app(PersonaSettings())


def _gateway() -> ASGIApp:
    from gateway.app import create_app
    from gateway.settings import GatewaySettings

    return create_app(GatewaySettings())
