"""A browser's test may try twice, and says so at the end of the run.

A whole product in real processes beside a browser on two noisy cores misses a deadline now and then. What needed its
second try is listed under "rerun test summary info": more than a rare line there is a fault to look into, and nothing
outside of the browser gets a second try.
"""

from __future__ import annotations

import pytest

FOLDERS = ("browser", "journeys")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in FOLDERS:
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))
