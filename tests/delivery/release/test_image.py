"""Images are pushed once under their version, and deployed by their digest."""

from tests.delivery.commands import stand_in
from tests.delivery.release.workplace import VERSION, Workplace

DOCKER = """\
case "$*" in
  login*) cat >"$(dirname "$0")/password" ;;
  run*) echo 'libc6 2.36' ;;
  pull*) [[ -z "${PULL:-}" ]] || { echo "$PULL" >&2; exit 1; } ;;
  image*Layers*vocalbaby-*) echo built ;;
  image*Layers*) echo "${THERE:-built}" ;;
  image*) printf '%s\\n' "other/server@sha256:$(printf b%.0s {1..64})" "$REPOSITORY@$DIGEST" ;;
esac
"""
UNKNOWN = "Error response from daemon: manifest for server:1 not found: manifest unknown"


def test_pushes_an_image_to_ecr_under_its_version(workplace: Workplace) -> None:
    registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    repository = f"{registry}/vocalbaby-staging/server"
    digest = "sha256:" + "a" * 64
    calls = stand_in(workplace.programs, "docker", DOCKER)
    workplace.env.update(
        {
            "REPOSITORY": repository,
            "DIGEST": digest,
            "PULL": UNKNOWN,
            "GITHUB_OUTPUT": str(workplace.root / "output"),
        }
    )
    done = workplace.run("scripts/release_image.sh", repository)
    assert done.stdout == f"{repository}@{digest}\n"
    assert (workplace.root / "output").read_text() == f"digest={digest}\n"
    assert (workplace.root / "dist/release/server.packages.txt").read_text() == "libc6 2.36\n"
    target = f"{repository}:{workplace.env['VOCALBABY_RELEASE']}"
    did = calls.read_text().splitlines()
    assert did[0] == f"login --username AWS --password-stdin {registry}"
    assert (workplace.programs / "password").read_text().strip()
    assert did[1] == f"pull --quiet {target}"
    assert did[2] == f"tag vocalbaby-server:{VERSION} {target}"
    assert did[3] == f"push --quiet {target}"
    assert (workplace.root / "pants.calls").read_text() == "package apps/server/image\n"

    calls.write_text("")
    workplace.env["REPOSITORY"] = "localhost:5000/drift"
    workplace.run("scripts/release_image.sh", "localhost:5000/drift:7")
    assert f"tag vocalbaby-drift:{VERSION} localhost:5000/drift:7\n" in calls.read_text()
    workplace.env["DIGEST"] = "none"
    output = workplace.run("scripts/release_image.sh", "localhost:5000/drift:7", expect=1).stderr
    assert "has no digest" in output
    output = workplace.run("scripts/release_image.sh", "localhost:5000/other:7", expect=1).stderr
    assert "must end with server or drift, not with 'other'" in output


def test_an_image_is_released_only_once(workplace: Workplace) -> None:
    """The same content again is accepted, as after a workflow run that failed later."""
    digest = "sha256:" + "a" * 64
    calls = stand_in(workplace.programs, "docker", DOCKER)
    workplace.env.update({"REPOSITORY": "localhost:5000/server", "DIGEST": digest})
    release = ("scripts/release_image.sh", "localhost:5000/server:7")
    assert workplace.run(*release).stdout == f"localhost:5000/server@{digest}\n"
    assert "push" not in calls.read_text()
    workplace.env["THERE"] = "other"
    output = workplace.run(*release, expect=1).stderr
    assert "exists with other content; a version is written once" in output
    del workplace.env["THERE"]
    workplace.env["PULL"] = "Error response from daemon: no basic auth credentials"
    output = workplace.run(*release, expect=1).stderr
    assert f"cannot find out whether {release[1]} exists: {workplace.env['PULL']}" in output
    assert "push" not in calls.read_text()
