"""Errors of huggingface_hub as errors of VocalBaby, without tokens and signed addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from vocalbaby.exception import ModelNotFoundError, StorageError
from vocalbaby.huggingface.address import RepositoryAddress
from vocalbaby.utils.extras import needs_extra

with needs_extra("huggingface"):
    from huggingface_hub import errors

__all__ = ["translated"]

#: What a request raises that gets no answer. The base class is that of the HTTP library, of which
#: huggingface_hub has changed several times.
_NO_ANSWER: Final[tuple[type[BaseException], ...]] = (
    errors.HfHubHTTPError.__bases__[0],
    ConnectionError,
    TimeoutError,
    errors.FileMetadataError,
)

_LOGIN: Final = "Log in with `hf auth login`, or set HF_TOKEN to a token with the right to {}."


@contextmanager
def translated(address: RepositoryAddress, right: str = "read") -> Iterator[None]:
    """Translate the errors of a block.

    The text of an error of huggingface_hub is not repeated: it may hold signed addresses.

    Args:
        address: The repository that the block works on.
        right: What a token must permit: ``read`` or ``write``.

    Raises:
        ModelNotFoundError: There is no such repository or revision.
        StorageError: Hugging Face cannot be reached, or refuses the request.

    Examples:
        >>> with translated(RepositoryAddress("lab/babble")):
        ...     raise errors.OfflineModeIsEnabled()
        Traceback (most recent call last):
        vocalbaby.exception.StorageError: hf://lab/babble is not reached: HF_HUB_OFFLINE is set...
    """
    login = _LOGIN.format(right)
    try:
        yield
    except errors.GatedRepoError as error:
        raise StorageError(
            f"Access to {address} needs the consent of its owner.",
            hint=f"Request it on the page of the repository. {login}",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelNotFoundError(
            f"There is no repository {address}, or it is private and this login cannot {right} it.",
            hint=f"Check owner and name. {login}",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelNotFoundError(
            f"{address} is not a branch, tag or commit of its repository.",
            hint="Check the revision, or leave it out.",
        ) from error
    except errors.LocalTokenNotFoundError as error:
        raise StorageError(f"{address} needs a login.", hint=login) from error
    except errors.OfflineModeIsEnabled as error:
        raise StorageError(
            f"{address} is not reached: HF_HUB_OFFLINE is set.", hint="Unset HF_HUB_OFFLINE."
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        raise StorageError(
            f"Hugging Face answers a request about {address} with the HTTP status {status}.",
            hint=login if status in (401, 403) else "Try again later.",
        ) from error
    except _NO_ANSWER as error:
        raise StorageError(
            f"{address} cannot be reached ({type(error).__name__}).",
            hint="Check the connection, the proxy, and HF_ENDPOINT if it is set.",
        ) from error
