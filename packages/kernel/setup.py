"""Builds the wheel of the kernel; without a C compiler, one without the compiled module."""

from pathlib import Path

from setuptools import Extension, setup  # pants: no-infer-dep

# No -ffast-math and no contraction to fused multiply-adds: the values are bit-identical to numpy's.
FLAGS = ["-O3", "-std=c11", "-g0", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra"]

setup(
    name="vocalbaby-kernel",
    version="0.1.0",
    description="The compiled part of VocalBaby's features and models",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    classifiers=["Programming Language :: Python :: 3.11", "Typing :: Typed"],
    python_requires="==3.11.*",
    package_dir={"": "src"},
    packages=["vocalbaby.kernel"],
    package_data={"vocalbaby.kernel": ["*.pyi", "py.typed"]},
    ext_modules=[
        Extension(
            "vocalbaby.kernel._native",
            sources=sorted(map(str, Path("src/vocalbaby/kernel").glob("*.c"))),
            depends=sorted(map(str, Path("src/vocalbaby/kernel").glob("*.h"))),
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=FLAGS,
            extra_link_args=["-s"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
