from vocalbaby import kernel


def test_the_kernel_is_compiled() -> None:
    assert kernel.name() == "compiled"
