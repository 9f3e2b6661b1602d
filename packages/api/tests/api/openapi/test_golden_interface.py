"""The described interface is what it was: clients are generated from it."""

from fastapi.testclient import TestClient

from packages.api.tests.api.openapi.golden_interface import GOLDEN, interface, text


def test_the_described_interface_has_not_changed(client: TestClient) -> None:
    assert text(interface(client)).splitlines() == GOLDEN.read_text("utf-8").splitlines()
