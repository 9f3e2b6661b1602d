"""A Terraform provider that only has a schema (plugin protocol 6).

It is sufficient for ``terraform validate`` and for ``terraform test`` with a mocked provider. The
environment variable VOCALBABY_PROVIDER_SCHEMA names the JSON file that holds the schema.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import tf.provider
import tf.runner
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

_MODES = {
    "list": pb.Schema.NestedBlock.LIST,
    "map": pb.Schema.NestedBlock.MAP,
    "set": pb.Schema.NestedBlock.SET,
    "single": pb.Schema.NestedBlock.SINGLE,
}


def _attribute(name: str, spec: dict[str, Any]) -> Any:
    required = spec["required"]
    return pb.Schema.Attribute(
        name=name,
        type=json.dumps(spec["type"]).encode(),
        required=required,
        optional=spec["optional"] and not required,
        computed=spec["computed"] and not required,
    )


def _block(spec: dict[str, Any]) -> Any:
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            block=_block(item["block"]),
            nesting=_MODES[item["nesting_mode"]],
            min_items=item["min_items"] if item["nesting_mode"] in ("list", "set") else 0,
        )
        for name, item in sorted(spec["block_types"].items())
    ]
    attributes = [_attribute(name, item) for name, item in sorted(spec["attributes"].items())]
    return pb.Schema.Block(version=0, attributes=attributes, block_types=nested)


def _schemas(specs: dict[str, Any]) -> dict[str, Any]:
    return {name: pb.Schema(version=0, block=_block(spec)) for name, spec in specs.items()}


class Servicer(rpc.ProviderServicer):  # type: ignore[misc] # generated code without types
    """Answers the calls that Terraform makes before it plans or applies."""

    def __init__(self, _: object) -> None:
        path = Path(os.environ["VOCALBABY_PROVIDER_SCHEMA"])
        self._schema = json.loads(path.read_text("utf-8"))

    def GetMetadata(self, _request: object, _context: object) -> Any:
        """Return the names of all resources and data sources."""
        kind = pb.GetMetadata
        return kind.Response(
            resources=[kind.ResourceMetadata(type_name=n) for n in self._schema["resource"]],
            data_sources=[kind.DataSourceMetadata(type_name=n) for n in self._schema["data"]],
        )

    def GetProviderSchema(self, _request: object, _context: object) -> Any:
        """Return the schemas of the provider, the resources and the data sources."""
        return pb.GetProviderSchema.Response(
            provider=pb.Schema(version=0, block=_block(self._schema["provider"])),
            resource_schemas=_schemas(self._schema["resource"]),
            data_source_schemas=_schemas(self._schema["data"]),
        )

    def ValidateProviderConfig(self, _request: object, _context: object) -> Any:
        """Accept the configuration: Terraform has already checked it against the schema."""
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, _request: object, _context: object) -> Any:
        """Accept the configuration: Terraform has already checked it against the schema."""
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, _request: object, _context: object) -> Any:
        """Accept the configuration: Terraform has already checked it against the schema."""
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _request: object, _context: object) -> Any:
        """Accept any configuration: there is nothing to configure."""
        return pb.ConfigureProvider.Response()

    def GetFunctions(self, _request: object, _context: object) -> Any:
        """Return no functions."""
        return pb.GetFunctions.Response()

    def UpgradeResourceState(self, request: Any, _context: object) -> Any:
        """Return the state unchanged: a mocked resource always has the current schema."""
        return pb.UpgradeResourceState.Response(
            upgraded_state=pb.DynamicValue(json=request.raw_state.json)
        )

    def StopProvider(self, _request: object, _context: object) -> Any:
        """Accept the call: nothing is running."""
        return pb.StopProvider.Response()


if __name__ == "__main__":
    tf.provider.ProviderServicer = Servicer
    tf.runner.run_provider(None, sys.argv)
