"""Names that every BUILD file can use."""

VERSION = "0.2.0"

# Requirements that a package may import only where `layers` lists them: each costs the server
# start-up time or memory, or enlarges its image.
HEAVY = (
    "ai-edge-litert",
    "dask",
    "dask-jobqueue",
    "distributed",
    "evidently",
    "librosa",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "xgboost-cpu",
)


def third_party(*names):
    """Addresses of requirements by their names on the package index."""
    return [f"//3rdparty/python:default#{name}" for name in names]


def layers(dist, packages, may_depend_on=()):
    """Arguments of `__dependencies_rules__`, with the imports that a distribution may have.

    packages: for each package (a folder or module in the namespace) the packages of the same
        distribution that it may import, `+name` for each heavy requirement, and path globs
        (`//…`) of other distributions.
    may_depend_on: path globs of other distributions that every package may import.

    A file outside of the listed packages may import nothing, so a new package has to be listed.
    Tests may import every package of their distribution.
    """
    here = f"//packages/{dist}"
    others = sorted({name for names in packages.values() for name in names if name[:2] == "//"})
    rules = []
    for package, allowed in packages.items():
        light = [name for name in HEAVY if f"+{name}" not in allowed]
        rules.append(
            (
                {"path": f"{here}/src/vocalbaby/{package}/**"},
                [f"!//3rdparty/python/default#{name}" for name in light],
                "//3rdparty/**",
                [name for name in allowed if name[:2] == "//"],
                [f"{here}/src/vocalbaby/{name}/**" for name in (package, *allowed)],
                f"<resource*>[{here}/src/**]",
                may_depend_on,
                "!*",
            )
        )
    rules.append(({"path": f"{here}/src/**"}, "!*"))
    rules.append(
        (
            {"path": f"{here}/tests/**"},
            [f"{here}/**", "//3rdparty/**", "<file*>[//**]", *others],
            may_depend_on,
            "!*",
        )
    )
    rules.append(("*", "*"))
    return rules


def debian_tests(tags=(), **kwargs):
    """Tests that need a Debian package, which scripts/ci_setup.sh installs.

    They run only where VOCALBABY_DEBIAN_TESTS is 1, as in .ci/run.
    """
    python_tests(
        tags=["needs_debian", *tags],
        skip_tests=env("VOCALBABY_DEBIAN_TESTS", "0") != "1",
        **kwargs,
    )


def yamnet_tests(**kwargs):
    """Tests that need YAMNet's file, which is in no package: scripts/ci_setup.sh does not bring it.

    They run only where VOCALBABY_EMBEDDING__FILE is its absolute path. .ci/run looks for it in
    ../shared/models/yamnet, and reports that they did not run if it is not there.
    """
    python_tests(
        tags=["needs_yamnet"],
        skip_tests=env("VOCALBABY_EMBEDDING__FILE", "") == "",
        extra_env_vars=["VOCALBABY_EMBEDDING__FILE"],
        **kwargs,
    )


_EXTERNAL = "//3rdparty/python:default#"
_REPOSITORY = "https://github.com/vocalbaby/vocalbaby"


# openSMILE's licence permits research and education only, torch has gigabytes, and
# pygamma-agreement requires solvers and compilers.
_APART = ("egemaps", "gamma", "ssl")


def distribution(name, description, dependencies, extras=None, topics=(), **kwargs):
    """A wheel and an sdist, with the requirements that Pants finds in the dependency graph.

    extras: for each extra the names of its requirements, with the bounds of requirements.in, and
        those of distributions of this repository, e.g. `vocalbaby-core[s3]`. What an extra names
        is not required otherwise. A requirement with a bound of its own, e.g. `torch>=2`, is not
        locked here. The extra `all` is added; it leaves out the extras that _APART names.
    """
    ours = {
        extra: [
            other
            if ">=" in other
            else f"{other}=={VERSION}"
            if other[:10] == "vocalbaby-"
            else f"{_EXTERNAL}{other}"
            for other in names
        ]
        for extra, names in (extras or {}).items()
    }
    optional = sorted(
        {other for extra, names in ours.items() for other in names if extra not in _APART}
    )
    python_distribution(
        name="dist",
        dependencies=[
            "//:license",
            *dependencies,
            *[f"!!{other}" for other in optional if other[:2] == "//"],
        ],
        provides=python_artifact(
            name=name,
            version=VERSION,
            description=description,
            license_expression="Apache-2.0",
            author="VocalBaby developers",
            project_urls={
                "Homepage": _REPOSITORY,
                "Documentation": f"{_REPOSITORY}/tree/main/docs",
                "Changelog": f"{_REPOSITORY}/blob/main/CHANGELOG.md",
                "Issues": f"{_REPOSITORY}/issues",
            },
            keywords=["infant", "vocalization", "babbling", "cry", "child language", "audio"],
            classifiers=[
                "Development Status :: 4 - Beta",
                "Intended Audience :: Science/Research",
                "Operating System :: OS Independent",
                *[f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)],
                "Topic :: Multimedia :: Sound/Audio :: Analysis",
                "Topic :: Scientific/Engineering :: Artificial Intelligence",
                *topics,
                "Typing :: Typed",
            ],
            # Pants would write the version that it builds and tests with.
            python_requires=">=3.11,<3.15",
            long_description_content_type="text/markdown",
            **({"extras_require": {**ours, "all": optional}} if ours else {}),
        ),
        long_description_path=f"{build_file_dir()}/README.md",
        env_vars=["SOURCE_DATE_EPOCH=1700000000"],  # for reproducible builds
        **kwargs,
    )
