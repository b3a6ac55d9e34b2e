"""A URL chooses the log."""

import pytest

from kernel.log.kafka import KafkaLog
from kernel.log.open import open_log
from kernel.log.sql import SqlLog


async def test_the_scheme_decides(tmp_path: object) -> None:
    assert isinstance(open_log("kafka://one:9092,two:9092"), KafkaLog)
    assert isinstance(open_log(f"sqlite:///{tmp_path}/log.db"), SqlLog)


@pytest.mark.parametrize("url", ["redis://x", "kafka", "", "postgresql://x"])
def test_any_other_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="LOG_URL"):
        open_log(url)
