"""A bundle as a Hugging Face model repository."""

from vocalbaby.huggingface.address import SCHEME, RepositoryAddress
from vocalbaby.huggingface.pulling import Pulled, pull
from vocalbaby.huggingface.pushing import push

__all__ = ["SCHEME", "Pulled", "RepositoryAddress", "pull", "push"]
