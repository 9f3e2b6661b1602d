"""Each distribution alone in an empty environment, and what its metadata must have."""

import json
from collections.abc import Mapping
from typing import Any, Final

from scripts.deploy.programs import ScriptError
from scripts.installation.environments import Environment
from scripts.installation.pythons import SUPPORTED

__all__ = ["NOT_INSTALLED", "missing_metadata", "require_alone"]

_TESTS: Final = ("librosa", "pytest")
_TRAINING: Final = (
    "boto3",
    "matplotlib",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "xgboost-cpu",
)
_SERVICE: Final = ("fastapi", "prometheus-client", "uvicorn", "vocalbaby-api")

#: Each distribution, and what installing it must not install.
NOT_INSTALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "vocalbaby-kernel": ("vocalbaby-core", "numpy", *_TESTS),
    "vocalbaby-core": ("vocalbaby-monitoring", *_SERVICE, *_TRAINING, *_TESTS),
    "vocalbaby-monitoring": (
        "boto3",
        "fastapi",
        "pydantic",
        "uvicorn",
        "vocalbaby-api",
        "vocalbaby-core",
        *_TESTS,
    ),
    "vocalbaby-api": (*_TRAINING, *_TESTS),
    "vocalbaby": ("evidently", *_TRAINING, *_TESTS),
    "vocalbaby-corpus": ("boto3", "dask", "fastapi", "scikit-learn", "vocalbaby-api", *_TESTS),
    "vocalbaby-drift": ("fastapi", "vocalbaby-api", *_TESTS),
}

# Modules that need a package of an extra are listed, and not imported.
_LOOK: Final = """\
import importlib, json, sys
from importlib.metadata import distribution, distributions

found = distribution(sys.argv[1])
modules = sorted(
    file.with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
    for file in found.files or ()
    if file.suffix == ".py" and ".." not in file.parts
)
waiting = {}
for module in modules:
    try:
        importlib.import_module(module)
    except ImportError as error:
        if (error.name or "vocalbaby").startswith("vocalbaby"):
            raise
        waiting[module] = str(error)
    except Exception as error:
        if type(error).__name__ != "MissingExtraError":
            raise
        waiting[module] = str(error)
print(json.dumps({
    "modules": len(modules),
    "waiting": waiting,
    "installed": sorted(one.metadata["Name"].lower().replace("_", "-") for one in distributions()),
    "metadata": found.metadata.json,
    "files": [file.name for file in found.files or ()],
}))
"""


def missing_metadata(metadata: Mapping[str, Any]) -> list[str]:
    """What the metadata of a distribution lacks.

    Args:
        metadata: As ``importlib.metadata`` gives it as JSON.

    Examples:
        >>> missing_metadata({"author": "A"})[:2]
        ['summary', 'description']
    """
    wanted = ("author", "summary", "description", "keywords", "project_url", "license_file")
    missing = [name for name in wanted if not metadata.get(name)]
    if not (metadata.get("license_expression") or metadata.get("license")):
        missing.append("license")
    if set(str(metadata.get("requires_python")).split(",")) != {">=3.11", "<3.15"}:
        missing.append("requires_python")
    classifiers = metadata.get("classifier") or ()
    named = [f"Programming Language :: Python :: {version}" for version in SUPPORTED]
    return missing + [one for one in named if one not in classifiers]


def require_alone(environment: Environment, name: str, *, complete: bool = False) -> str:
    """Check an environment into which one distribution was installed.

    Args:
        environment: Has the distribution and what it requires.
        name: The distribution.
        complete: Whether every module has to be importable, as with all extras.

    Returns:
        What was found, for a report.

    Raises:
        ScriptError: A module cannot be imported, metadata are missing, or a package is installed
            that should not be.
    """
    found = json.loads(environment.run_python(_LOOK, name))
    problems = []
    if not complete:
        unwanted = set(found["installed"]) & set(NOT_INSTALLED[name])
        problems += [f"installs {one}" for one in sorted(unwanted)]
        problems += [f"has no {one}" for one in missing_metadata(found["metadata"])]
        if not found["modules"] and name != "vocalbaby":
            problems.append("has no modules")
    elif found["waiting"]:
        problems += [f"{module}: {of}" for module, of in found["waiting"].items()]
    if problems:
        raise ScriptError("\n".join(f"{name} {problem}" for problem in problems))
    counts = f"{found['modules']} modules, {len(found['installed'])} packages"
    waiting = len(found["waiting"])
    return counts + (f" ({waiting} modules need an extra)" if waiting else "")
