# Functions for the installation scripts. The modules put this file at the start of user data.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
exec > >(tee -a /var/log/vocalbaby-install.log) 2>&1

log() { printf '%s vocalbaby-install: %s\n' "$(date -u +%FT%TZ)" "$*"; }
trap 'log "failed in line $LINENO"' ERR
umask 027

package() { # COMMAND PACKAGE: installs the package if the command is missing
  command -v "$1" >/dev/null || dnf install -y --quiet "$2"
}

account() { # NAME HOME [ID]: creates a system user without login, and its group
  getent group "$1" >/dev/null || groupadd --system ${3:+--gid "$3"} "$1"
  getent passwd "$1" >/dev/null ||
    useradd --system ${3:+--uid "$3"} --gid "$1" --home-dir "$2" --shell /sbin/nologin "$1"
}

fetch() { # URI SHA256 FILE: downloads a file and verifies its checksum
  local fresh found
  fresh="$(mktemp "$(dirname "$3")/.fetch.XXXXXX")"
  aws s3 cp --only-show-errors --region "$REGION" "$1" "$fresh"
  found="$(sha256sum "$fresh" | cut -d' ' -f1)"
  if [[ $found != "$2" ]]; then
    rm -f "$fresh"
    log "$1 has the wrong checksum: sha256 is $found, expected $2"
    return 1
  fi
  mv -f "$fresh" "$3"
}

secret() { # PARAMETER FILE GROUP: writes a SecureString to a file that one group can read
  aws ssm get-parameter --region "$REGION" --with-decryption --name "$1" \
    --query Parameter.Value --output text >"$2.new"
  chgrp "$3" "$2.new"
  chmod 0640 "$2.new"
  mv -f "$2.new" "$2"
}
