"""The commands of docs/how-to/archive-aws.md: an archive in a bucket, results in a bucket."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from vocalbaby import annotations
from vocalbaby.commands.main import main
from vocalbaby.corpus.archive import open_archive
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.planning import of_shard


@pytest.fixture
def bucket(archive: Path) -> Iterator[str]:
    """The archive in a bucket that lives in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket="days")
            for path in archive.rglob("*"):
                if path.is_file():
                    key = f"project/{path.relative_to(archive).as_posix()}"
                    client.put_object(Bucket="days", Key=key, Body=path.read_bytes())
            yield "s3://days/project"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["vocalbaby", "corpus", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


def test_shards_of_a_bucket_give_the_segments_of_the_folder(
    bucket: str,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [each.recording_id for each in open_archive(bucket).recordings]
    assert len({of_shard(name, 1, 2) for name in names}) == 2  # both shards have recordings
    for shard in ("1/2", "2/2"):
        run(monkeypatch, "run", bucket, "--out", "s3://days/dataset", "--shard", shard)
    run(monkeypatch, "run", str(archive), "--out", str(tmp_path / "dataset"))
    there, here = Dataset("s3://days/dataset"), Dataset(str(tmp_path / "dataset"))
    for far, near in zip(there.records(), here.records(), strict=True):
        assert far.segments is not None
        assert near.segments is not None
        parsed = [
            annotations.parse(dataset.read(file) or b"", "parquet")[0]
            for dataset, file in ((there, far.segments), (here, near.segments))
        ]
        assert parsed[0] == parsed[1]
        assert far.source is not None
        assert far.source.content.startswith("etag:")
    capsys.readouterr()
    run(monkeypatch, "run", bucket, "--out", "s3://days/dataset", "--json")
    again = json.loads(capsys.readouterr().out)
    assert (again["processed"], again["before"]["done"]) == (0, len(names))
