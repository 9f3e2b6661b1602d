"""``vocalbaby model push`` and ``pull``: models as Hugging Face repositories."""

from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted, printable

__all__ = ["pull", "push"]


def push(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder or zip file of a bundle.")],
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Repository, as hf://owner/name.")
    ],
    *,
    private: Annotated[
        bool, typer.Option("--private", help="Create the repository as a private one.")
    ] = False,
    revision: Annotated[
        str,
        typer.Option(
            metavar="BRANCH",
            help="Branch to write to; it is created if necessary.",
            show_default="main",
        ),
    ] = "",
    licence: Annotated[
        str,
        typer.Option(
            "--license",
            metavar="ID",
            help="Licence of the model, as Hugging Face calls it, such as cc-by-4.0.",
            show_default="see the model card",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Write a model to a Hugging Face repository, with its card; create it if necessary.

    The login is that of `hf auth login`, or the token in HF_TOKEN. Everyone can read a
    repository that is not private. A model contains identifiers and features of up to 500
    clips (reference.parquet), but no sound: check that the corpus permits to publish them.

    Example: vocalbaby model push artifacts/training/bundle hf://lab/babble --private
    """
    require_extra("huggingface")
    from dataclasses import replace

    from vocalbaby.huggingface import RepositoryAddress
    from vocalbaby.huggingface import push as push_bundle

    repository = RepositoryAddress.parse(address)
    if revision:
        repository = RepositoryAddress.parse(f"{replace(repository, revision='')}@{revision}")
    commit = push_bundle(model, repository, private=private, licence=licence)
    answer({"address": str(repository), "commit": commit})
    if not as_json:
        typer.echo(f"pushed {model} to {repository}, commit {commit}")


def pull(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="hf://owner/name or hf://owner/name@revision.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder of the bundle; an older bundle there is replaced.",
            show_default="the name of the repository",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download a model from a Hugging Face repository, and check it.

    Only the files that its manifest lists are downloaded; other files are ignored and listed.
    Nothing of a repository is executed. For a private repository, log in with
    `hf auth login`, or set HF_TOKEN.

    Example: vocalbaby model pull hf://lab/babble@v1 --out model
    """
    require_extra("huggingface")
    from vocalbaby.huggingface import RepositoryAddress
    from vocalbaby.huggingface import pull as pull_bundle
    from vocalbaby.utils.progress_bars import progress_bars

    repository = RepositoryAddress.parse(address)
    folder = out or Path(repository.repository.partition("/")[2])
    with progress_bars() as progress:
        pulled = pull_bundle(repository, folder, progress)
    version = pulled.manifest.version
    answer(
        {
            "address": str(repository),
            "commit": pulled.commit,
            "version": version,
            "bundle": folder,
            "ignored": pulled.ignored,
        }
    )
    if as_json:
        return
    typer.echo(f"{version}: {folder}, from commit {pulled.commit}")
    if pulled.ignored:
        names = ", ".join(printable(name) for name in pulled.ignored[:5])
        typer.echo(
            f"{counted(len(pulled.ignored), 'file')} of the repository ignored, which the manifest "
            f"does not list: {names}",
            err=True,
        )
