import time

import pytest
from botocore.retries.bucket import TokenBucket


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and adaptive rates as they are, but no time passes while they wait."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_args, **_kwargs: True)
