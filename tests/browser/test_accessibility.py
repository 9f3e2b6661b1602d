"""The page in Chromium with the keyboard, on phones and in dark mode."""

from pathlib import Path
from typing import Any, Final

import pytest
from selenium.webdriver.common.keys import Keys

from vocalbaby.entity.labels import CLASSES

Clips = dict[str, Path]

#: Returns every text whose contrast with its background is too low for WCAG 2.2 AA.
CONTRAST: Final = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const over = (colours) => {
  canvas.clearRect(0, 0, 1, 1);
  for (const c of colours) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};
const light = (rgb) => rgb.map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const low = [];
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  if (element.closest(":disabled, noscript, script")) continue;
  const behind = [];
  for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
  const back = over(behind);
  const [a, b] = [light(over([...behind, getComputedStyle(element).color])), light(back)];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low.push(`${walker.currentNode.data}: ${ratio.toFixed(2)}`);
}
return low;
"""


def overflow(page: Any) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.driver.execute_script("return document.documentElement.scrollWidth")) - int(
        page.driver.execute_script("return innerWidth")
    )


def test_the_page_can_be_used_with_the_keyboard(page: Any, clips: Clips) -> None:
    def press(key: str) -> str:
        page.driver.switch_to.active_element.send_keys(key)
        focus = page.driver.switch_to.active_element
        return str(focus.get_attribute("id") or focus.text)

    assert press(Keys.TAB) == "Skip to the recordings"
    press(Keys.ENTER)
    assert [press(Keys.TAB) for _ in range(2)] == ["choose", "record"]
    page.choose(clips["Crying"], clips["Junk"])
    page.wait_for("done")
    page.wait(page.get("play").is_enabled)
    order = [press(Keys.TAB) for _ in range(14)]
    assert order[:3] == ["play", "download", "clear"]
    assert [title.rstrip(" ↑") for title in order[3:-2]] == ["#", "File", "Label", *CLASSES, "s"]
    assert order[-2:] == ["crying.wav", "junk.wav"]
    press(Keys.ENTER)
    page.wait(lambda: page.text("verdict-name") == "junk.wav")
    page.get("clear").send_keys(Keys.SPACE)
    assert page.driver.switch_to.active_element.get_attribute("id") == "choose"
    assert (page.state(), page.rows()) == ("empty", [])


def test_a_long_recording_can_be_segmented_with_the_keyboard(page: Any, day: Path) -> None:
    page.choose(day)
    page.wait(lambda: page.get("segment").is_displayed())
    page.get("segment").send_keys(Keys.ENTER)
    page.wait_long(lambda: page.get("timeline").is_displayed())
    page.get("export").send_keys(Keys.TAB)
    focus = page.driver.switch_to.active_element
    assert focus.get_attribute("id") == "timeline-plot"
    focus.send_keys("n", Keys.ARROW_UP)
    assert "probability" in page.text("timeline-live")
    names = [
        page.driver.execute_script(
            "const e = document.getElementById(arguments[0]);"
            "return e.ariaLabel ?? document.getElementById(e.getAttribute('aria-labelledby'))"
            "?.textContent ?? e.textContent",
            name,
        )
        for name in ("timeline-plot", "segments", "export-format", "long-progress")
    ]
    assert all(names)
    for width, scheme in ((360, False), (1180, True), (1180, False)):
        page.emulate(width, 740, dark=scheme)
        assert page.driver.execute_script(CONTRAST) == []
        assert overflow(page) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1180])
def test_text_has_enough_contrast_at_every_width(
    page: Any, clips: Clips, width: int, scheme: str
) -> None:
    page.emulate(width, 740, dark=scheme == "dark")
    for path in (None, clips["text"], clips["Crying"]):
        if path:
            page.choose(path)
            page.wait_for("done", "error")
        assert page.driver.execute_script(CONTRAST) == []
        assert overflow(page) <= 0
