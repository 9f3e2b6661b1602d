"""The page in Chromium where a proxy offers the service under a path."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Page, serve_in_thread
from tests.browser.fault_proxy import FaultProxy
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

ROOT = "/lab/vocalbaby"


class OnlyUnderRoot(FaultProxy):
    """A proxy that passes on the paths under the root path, as they are, and nothing else."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not f"{scope['path']}/".startswith(f"{ROOT}/"):
            scope["path"] = "/nowhere"
        await super().__call__(scope, receive, send)


@pytest.fixture
def under(driver: Any, running: object, tmp_path: Path) -> Iterator[Page]:
    app = create_app(Settings(root_path=ROOT, job_folder=str(tmp_path)))
    for address, _ in serve_in_thread(OnlyUnderRoot(app)):
        page = Page(driver, f"{address}{ROOT}")
        page.open()
        yield page


def test_every_request_of_the_page_is_under_the_root_path(
    under: Page, clips: dict[str, Path], day: Path
) -> None:
    under.wait(lambda: under.text("version") != "…")
    assert under.driver.current_url == f"{under.url}/"
    under.choose(clips["Crying"])
    under.wait_for("done")
    assert [row[2] for row in under.rows()] == ["Crying"]
    under.choose(day)
    under.wait(lambda: under.get("segment").is_displayed())
    under.get("segment").click()
    under.wait_long(lambda: under.get("timeline").is_displayed())
    assert under.errors() == []
    own = (under.url, "blob:", "data:")
    assert [url for url in under.requested() if not url.startswith(own)] == []
    under.driver.get(f"{under.url}/docs")
    under.driver.find_element("link text", "The page").click()
    under.wait(lambda: under.driver.current_url == f"{under.url}/")
