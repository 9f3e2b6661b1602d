"""The page in Chromium while the server is unreachable, busy or requires a key."""

from pathlib import Path
from typing import Any

from selenium.webdriver.common.keys import Keys

Clips = dict[str, Path]


def test_recordings_are_kept_while_the_server_cannot_be_reached(page: Any, clips: Clips) -> None:
    page.set_reachable(reachable=False)
    page.choose(clips["Crying"], clips["text"])
    page.wait_for("offline")
    assert "cannot be reached" in page.text("trouble")
    assert page.text("verdict") == "No connection"
    page.set_reachable(reachable=True)
    page.get("again").click()
    page.wait_for("done")
    assert not page.get("trouble").is_displayed()
    assert [row[2] for row in page.rows()] == ["Crying", "error"]


def test_requests_are_repeated_when_the_server_is_busy_and_split_when_too_large(
    page: Any, proxy: Any, clips: Clips
) -> None:
    proxy.refusals = [(503, {"Retry-After": "4"}), (429, {"Retry-After": "4"}), (413, {})]
    page.choose(clips["Crying"], clips["Junk"], clips["text"])
    page.wait_for("done")
    assert [row[1] for row in page.rows()] == ["crying.wav", "junk.wav", "notes.txt"]
    assert [body.count(b'name="files"') for body in proxy.bodies] == [2, 1]


def test_the_page_stops_when_the_server_stays_busy(page: Any, proxy: Any, clips: Clips) -> None:
    proxy.refusals = [(503, {"Retry-After": "1"})] * 6
    page.choose(clips["Crying"])
    page.wait(lambda: "busy for a while" in page.text("trouble"))
    assert (page.state(), proxy.bodies) == ("busy", [])
    page.get("again").click()
    page.wait_for("done")


def test_a_file_that_is_too_large_alone_is_an_error(page: Any, proxy: Any, clips: Clips) -> None:
    proxy.refusals = [(413, {}), (413, {})]
    page.choose(clips["Crying"], clips["Junk"])
    page.wait_for("done")
    assert [row[2] for row in page.rows()] == ["error", "Junk"]
    assert page.text("notes") == "Error. The server answered with status 413."


def test_a_key_is_requested_and_kept_for_the_tab_only(page: Any, proxy: Any, clips: Clips) -> None:
    assert not page.get("key-form").is_displayed()
    proxy.required_key = "Bearer right"
    page.choose(clips["Crying"])
    page.wait_for("key")
    assert page.text("verdict") == "Key needed"
    page.get("key").send_keys("wrong", Keys.ENTER)
    page.wait(lambda: "does not know this key" in page.text("key-help"))
    page.get("key").clear()
    page.get("key").send_keys("right", Keys.ENTER)
    page.wait_for("done")
    assert not page.get("key-form").is_displayed()
    page.driver.refresh()  # the key is kept, so the card can be read without entering it again
    page.wait(lambda: str(page.get("card").get_attribute("href")).startswith("blob:"))
    assert not page.get("key-form").is_displayed()
    kept = page.driver.execute_script(
        "return [sessionStorage.length, localStorage.length, document.cookie]"
    )
    assert kept == [1, 0, ""]


def test_the_link_to_the_card_leads_to_the_key_field_until_there_is_a_key(
    page: Any, proxy: Any
) -> None:
    proxy.required_key = "Bearer right"
    page.driver.refresh()
    page.wait_for("key")
    page.get("version").click()  # move the focus away from the field
    page.get("card").click()
    assert page.driver.switch_to.active_element == page.get("key")
    page.get("key").send_keys("right", Keys.ENTER)
    page.wait(lambda: page.text("version") != "…")
    page.driver.get(page.get("card").get_attribute("href"))
    assert page.driver.find_element("tag name", "body").text.startswith("# Model card")
