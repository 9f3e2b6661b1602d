from vocalbaby import kernel

def test_x() -> None:
    assert kernel._native.hello() == 42
