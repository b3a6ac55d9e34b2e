"""From a URL to a log: the only place that knows the backends by name."""

from kernel.log.port import Log


def open_log(url: str) -> Log:
    """The log at `url` (`sqlite:///path` or `kafka://host:port[,host:port]`), not started.

    Raises ValueError for any other scheme.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        from kernel.log.sql import SqlLog

        return SqlLog(f"sqlite+aiosqlite://{rest}")
    if scheme == "kafka":
        from kernel.log.kafka import KafkaLog

        return KafkaLog(rest)
    raise ValueError(f"LOG_URL must start with sqlite:// or kafka://, not {scheme}://")
