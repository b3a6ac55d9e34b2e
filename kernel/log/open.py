"""From a URL to a log: the only place that knows the backends by name."""

from kernel.log.port import Log


def open_log(url: str) -> Log:
    """The log at `url` (`sqlite:///path` or `kafka://host:port[,host:port]`), not started.

    Raises ValueError for anything else.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest:
        from kernel.log.sql import SqlLog

        return SqlLog(url)
    if scheme == "kafka" and rest:
        from kernel.log.kafka import KafkaLog

        return KafkaLog(rest)
    raise ValueError(f"LOG_URL must be sqlite:///path or kafka://host:port, not {scheme}://...")
