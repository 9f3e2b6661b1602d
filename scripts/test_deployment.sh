#!/usr/bin/env bash
# The deployment end-to-end test: runs the commands of docs/deploy.md on this machine, from the
# account's first bucket to a running service, a model rollout, a new release and the destruction of
# everything. The steps are in infra/e2e/steps.
#
# Real: Terraform, the releases, the image and the engine that builds and runs it, the registry's
# protocol, user data under systemd, the service, requests, metrics.
# Simulated: AWS is moto on loopback. Its ECR stores names only, so images go to a local registry. An
# instance is a container of Debian packages instead of Amazon Linux, with the instance's address
# and id. A local port stands in for the load balancer. Security groups and roles are created and not
# enforced. AWS provider 3.39 applies files that are written for version 6. See
# infra/offline/README.md.
#
# Needs root and the packages that scripts/ci_setup.sh installs. Leaves nothing but caches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3.11 -m infra.e2e
