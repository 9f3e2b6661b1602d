"""Builds the wheel of the kernel; without a C compiler, one without the compiled module."""

import sysconfig
from pathlib import Path

from setuptools import Extension, setup  # pants: no-infer-dep
from setuptools.command.build_ext import build_ext  # pants: no-infer-dep

SOURCES = Path("src/vocalbaby/kernel")

# No fast math and no contraction to fused multiply-adds: the values are bit-identical to numpy's.
GNU_FLAGS = ["-O3", "-std=c11", "-g0", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra"]
MSVC_FLAGS = ["/O2", "/std:c11", "/fp:precise", "/W3"]

URL = "https://github.com/vocalbaby/vocalbaby"

# Free-threaded Python has no stable ABI.
STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")


class BuildKernel(build_ext):
    """Chooses the flags by the compiler."""

    def build_extension(self, ext: Extension) -> None:
        """Compile the module."""
        if self.compiler.compiler_type == "msvc":
            ext.extra_compile_args = MSVC_FLAGS
        else:
            ext.extra_compile_args = GNU_FLAGS
            # The linker of macOS removes no symbols by this option; there are few without -g.
            ext.extra_link_args = [] if sysconfig.get_platform().startswith("macosx") else ["-s"]
        super().build_extension(ext)


setup(
    name="vocalbaby-kernel",
    version="0.2.0",
    description="The compiled part of VocalBaby's features and models",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    author="VocalBaby developers",
    project_urls={
        "Homepage": URL,
        "Documentation": f"{URL}/tree/main/docs",
        "Changelog": f"{URL}/blob/main/CHANGELOG.md",
        "Issues": f"{URL}/issues",
    },
    keywords=["infant", "vocalization", "babbling", "cry", "audio"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: MacOS",
        "Operating System :: Microsoft :: Windows",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)),
        "Programming Language :: Python :: Implementation :: CPython",
        "Topic :: Multimedia :: Sound/Audio :: Analysis",
        "Typing :: Typed",
    ],
    python_requires=">=3.11,<3.15",
    package_dir={"": "src"},
    packages=["vocalbaby.kernel"],
    package_data={"vocalbaby.kernel": ["*.pyi", "py.typed"]},
    ext_modules=[
        Extension(
            "vocalbaby.kernel._native",
            sources=sorted(path.as_posix() for path in SOURCES.glob("*.c")),
            depends=sorted(path.as_posix() for path in SOURCES.glob("*.h")),
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if STABLE_ABI else [],
            py_limited_api=STABLE_ABI,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildKernel},
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if STABLE_ABI else {},
)
