"""The screenshots of docs/page.md, made in Chromium."""

import base64
import io
import os
import time
from pathlib import Path
from typing import Any

from PIL import Image
from selenium.webdriver.common.keys import Keys

Clips = dict[str, Path]


def test_screenshots_for_the_manual(page: Any, clips: Clips, day: Path, tmp_path: Path) -> None:
    """Written to the folder ``VOCALBABY_PAGE_IMAGES`` when that is set."""
    folder = Path(os.environ.get("VOCALBABY_PAGE_IMAGES") or tmp_path)

    def screenshot(name: str, width: int, *, dark: bool = False) -> None:
        page.driver.execute_script("document.activeElement.blur()")
        page.emulate(width, 780, dark=dark, scale=1 if width > 500 else 1.5)
        time.sleep(0.4)  # until the transitions have ended
        size = page.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = page.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {**size, "x": 0, "y": 0, "scale": 1}},
        )
        path = folder / f"page-{name}.png"
        with Image.open(io.BytesIO(base64.b64decode(shot["data"]))) as image:
            few = image.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2)
            few.save(path, optimize=True)
        assert path.stat().st_size < 200_000

    screenshot("empty", 1180)
    page.choose(clips["text"])
    page.wait_for("error")
    screenshot("error", 1180)
    page.get("clear").send_keys(Keys.ENTER)
    page.choose(clips["Crying"])
    page.wait_for("done")
    screenshot("light", 1180)
    screenshot("dark", 1180, dark=True)
    screenshot("phone", 360)
    page.choose(*clips.values())
    page.wait_for("done")
    screenshot("many", 1180)
    page.get("clear").send_keys(Keys.ENTER)
    page.choose(day)
    page.wait(page.get("segment").is_displayed)
    page.get("segment").click()
    page.wait_long(page.get("timeline").is_displayed)
    page.get("timeline-next").click()
    page.wait(lambda: page.text("segments-note"))
    screenshot("timeline", 1180)
    page.emulate(1180, 780)
    page.get("timeline-next").click()
    for _ in range(4):
        page.get("timeline-in").click()
    time.sleep(1)  # until the sound is loaded and drawn
    screenshot("zoom", 1180, dark=True)
