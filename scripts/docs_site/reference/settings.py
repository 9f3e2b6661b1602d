"""The page of the service's settings."""

from typing import Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from scripts.docs_site.tables import cell, code, table
from vocalbaby.api.settings import ENV_PREFIX, Settings

__all__ = ["pages"]

_HEAD: Final = f"""\
# Settings of the service

Every setting of `vocalbaby-serve` is an option and an environment variable; the option takes
precedence. The service does not start if a variable with the prefix `{ENV_PREFIX}` is not in this
table, or if a value has a wrong type or is out of range. [The HTTP
service](../api.md#limits-and-settings) explains how the limits act together.

"""
_SIGNS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    rows = (
        (
            code("--" + name.replace("_", "-")) + "<br>" + code(f"{ENV_PREFIX}{name.upper()}"),
            cell(kind(field)),
            "" if field.default is None else code(field.default),
            cell(field.description or ""),
        )
        for name, field in Settings.model_fields.items()
    )
    head = ("option and variable", "type", "default", "meaning")
    return {"reference/settings.md": _HEAD + table(head, rows)}


def kind(field: FieldInfo) -> str:
    """Type and bounds of a setting.

    >>> kind(Settings.model_fields["port"])
    'int, ≥ 0, ≤ 65535'
    >>> kind(Settings.model_fields["log_level"]).split(", ")[:2]
    ['debug', 'info']
    """
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    name = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    name = name.removeprefix("typing.").replace(" | None", "")
    bounds = [
        f"{sign} {getattr(bound, key)}"
        for bound in field.metadata
        for key, sign in _SIGNS.items()
        if hasattr(bound, key)
    ]
    return ", ".join([name, *bounds])
