"""A server with faults on demand, recordings, and Debian's Chromium with the page open."""

import json
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import uvicorn
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from packages.api.tests.conftest import _no_settings
from tests.browser.fault_proxy import FaultProxy
from vocalbaby.api.app import create_app
from vocalbaby.api.jobs import runner
from vocalbaby.api.server.listener import bind
from vocalbaby.api.settings import Settings
from vocalbaby.audio.acoustics.recording import record
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.voice import child_voice
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import CLASSES

__all__ = ["_no_settings"]

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

#: The process of a job, which waits for no other process of a busy machine.
JOB_PROCESS: Final = (
    "import os; os.nice = lambda _: 0; from vocalbaby.api.jobs import work; work.main()"
)
#: Makes the waits of the page fifty times shorter.
FASTER_TIMERS: Final = (
    "const wait = setTimeout; window.setTimeout = (done, ms) => wait(done, ms / 50);"
)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FaultProxy]]:
    """Address of a server with the built-in model, and its proxy."""
    folder = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "COMMAND", (sys.executable, "-c", JOB_PROCESS))
        yield from serve_in_thread(FaultProxy(create_app(Settings(job_folder=str(folder)))))


def serve_in_thread(proxy: FaultProxy) -> Iterator[tuple[str, FaultProxy]]:
    """Serve until the iteration ends."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(proxy, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", proxy
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def proxy(running: tuple[str, FaultProxy]) -> FaultProxy:
    running[1].reset()
    return running[1]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with a simulated microphone that beeps."""
    home = tmp_path_factory.mktemp("chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={home}/profile"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    service = Service("/usr/bin/chromedriver", env=environment)
    chrome = webdriver.Chrome(options=options, service=service)
    chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FASTER_TIMERS})
    chrome.get("about:blank")
    chrome.get_log("performance")  # drop the requests of the browser's first page
    yield chrome
    chrome.quit()


class Page:
    """The page in a browser."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self) -> None:
        self.emulate(1180, 820)
        self.driver.get(self.url)

    def emulate(self, width: int, height: int, *, dark: bool = False, scale: float = 1) -> None:
        """Set the size of the window and the colour scheme."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def set_reachable(self, *, reachable: bool) -> None:
        conditions = {"offline": not reachable, "latency": 0}
        conditions |= {"downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def get(self, name: str) -> WebElement:
        return self.driver.find_element(By.ID, name)

    def text(self, name: str) -> str:
        return self.get(name).text

    def choose(self, *paths: Path) -> None:
        self.get("files").send_keys("\n".join(map(str, paths)))

    def state(self) -> str:
        return str(self.driver.execute_script("return document.body.dataset.state"))

    def wait(self, holds: Callable[[], object]) -> None:
        WebDriverWait(self.driver, 10, 0.03).until(lambda _: holds(), f"state: {self.state()}")

    def wait_long(self, holds: Callable[[], object]) -> None:
        """Wait for the process of a job."""
        WebDriverWait(self.driver, 60, 0.05).until(lambda _: holds(), f"state: {self.state()}")

    def wait_for(self, *states: str) -> None:
        self.wait(lambda: self.state() in states)

    def rows(self) -> list[list[str]]:
        """Return the text of the cells of every row."""
        rows: list[list[str]] = self.driver.execute_script(
            "return [...document.querySelectorAll('#rows tr')]"
            ".map((row) => [...row.cells].map((cell) => cell.firstElementChild?.textContent"
            " ?? cell.textContent))"
        )
        return rows

    def module(self, name: str, expression: str, *values: object) -> Any:
        """Return the value of an expression of a module's exports ``m`` and of values ``v``."""
        script = f"""const [done, ...values] = [...arguments].reverse();
            import("/page/{name}").then((m) => done((([...v]) => {expression})(values.reverse())))
                .catch((error) => done(String(error)));"""
        return self.driver.execute_async_script(script, *values)

    def errors(self) -> list[str]:
        """Return the errors in the console, without those of the network."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["source"] != "network"
        ]

    def requested(self) -> set[str]:
        """Return the address of every request since the last call."""
        events = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        return {
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        }


@pytest.fixture
def page(
    driver: webdriver.Chrome, running: tuple[str, FaultProxy], proxy: FaultProxy
) -> Iterator[Page]:
    """The open page; afterwards checks that no error and no request to another server occurred."""
    page = Page(driver, running[0])
    page.open()
    page.wait(lambda: page.text("version") != "…")
    yield page
    page.set_reachable(reachable=True)
    assert page.errors() == []
    own = (f"{page.url}/", f"blob:{page.url}/", "data:")
    assert [url for url in page.requested() if not url.startswith(own)] == []
    driver.execute_script("sessionStorage.clear()")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A synthetic file of every class, and two files that cannot be used."""
    folder = tmp_path_factory.mktemp("clips")
    found: dict[str, Path] = {}
    for number, label in enumerate(CLASSES):
        rng = np.random.default_rng([7, number])
        sound = record(synthesize(rng, child_voice(rng, 10, "F"), label, 0.9), rng)
        found[label] = folder / f"{label.lower()}.wav"
        write_wav(found[label], sound)
    found["text"] = folder / "notes.txt"
    found["text"].write_text("text, not audio\n")
    found["silent"] = folder / "=1+1 silent.wav"
    write_wav(found["silent"], np.zeros(SAMPLE_RATE))
    return found


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of 80 s in which an infant is heard every 5 s."""
    rng = np.random.default_rng(11)
    sound = rng.normal(0, 0.0005, 80 * SAMPLE_RATE)
    for number in range(15):
        label = CLASSES[number % 4]
        voice = record(synthesize(rng, child_voice(rng, 10, "F"), label, 1.2), rng)
        start = round((3 + 5 * number) * SAMPLE_RATE)
        sound[start : start + len(voice)] += voice
    path = tmp_path_factory.mktemp("day") / "day1.wav"
    write_wav(path, sound)
    return path


def write_wav(path: Path, sound: Any) -> None:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


@pytest.fixture
def download(driver: webdriver.Chrome, tmp_path: Path) -> Callable[[str], Path]:
    """Waits for a download whose name matches a pattern."""
    wanted = {"behavior": "allow", "downloadPath": str(tmp_path)}
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", wanted)

    def newest(pattern: str) -> Path:
        for _ in range(200):
            found = [path for path in tmp_path.glob(pattern) if path.stat().st_size]
            if found:
                return found[0]
            time.sleep(0.03)
        raise AssertionError(f"no {pattern} was downloaded")

    return newest
