# Makes a server of a new instance: fetches the release, verifies it, and has systemd run it.
# The variables in capitals are set before this text; see main.tf. Running it again is safe.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
exec > >(tee -a /var/log/vocalbaby-install.log) 2>&1

say() { printf '%s vocalbaby-install: %s\n' "$(date -u +%FT%TZ)" "$*"; }
trap 'say "failed in line $LINENO"' ERR

user=vocalbaby
home=/opt/vocalbaby
config=/etc/vocalbaby
umask 027

say "packages"
case $ARTIFACT_KIND in
  pex) need=python3.11 package=python3.11 ;;
  image) need=docker package=docker ;;
esac
command -v "$need" >/dev/null || dnf install -y --quiet "$package"

say "user and folders"
id "$user" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/vocalbaby --shell /sbin/nologin "$user"
install -d -m 0755 "$home"
install -d -m 0750 -o root -g "$user" "$config"

fetch_pex() { # to $home/server.pex, only with the checksum that was asked for
  local fresh
  fresh="$(mktemp "$home/.server.XXXXXX")"
  aws s3 cp --only-show-errors --region "$REGION" "$ARTIFACT_URI" "$fresh"
  if ! printf '%s  %s\n' "$ARTIFACT_SHA256" "$fresh" | sha256sum --check --status; then
    say "$ARTIFACT_URI is not what was released: its sha256 is $(sha256sum "$fresh" | cut -d' ' -f1), expected $ARTIFACT_SHA256"
    rm -f "$fresh"
    return 1
  fi
  chmod 0755 "$fresh"
  mv -f "$fresh" "$home/server.pex"
}

pull_image() { # a digest is its own checksum
  systemctl enable --now docker
  aws ecr get-login-password --region "$REGION" |
    docker login --username AWS --password-stdin "${ARTIFACT_URI%%/*}"
  docker pull --quiet "$ARTIFACT_URI"
}

say "release $ARTIFACT_URI"
case $ARTIFACT_KIND in
  pex)
    fetch_pex
    start="/usr/bin/env python3.11 $home/server.pex"
    ;;
  image)
    pull_image
    start="/usr/bin/docker run --rm --name vocalbaby-server --network host --read-only"
    start+=" --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp"
    start+=" --user $(id -u "$user"):$(id -g "$user") --env-file $config/server.env"
    start+=" --volume $config/api-keys:$config/api-keys:ro --volume /var/lib/vocalbaby:/var/lib/vocalbaby"
    start+=" $ARTIFACT_URI"
    ;;
esac

say "settings and API keys"
{
  printf '%s\n' "$SETTINGS"
  printf 'VOCALBABY_API_WORKERS=%s\n' "${WORKERS:-$(nproc)}"
  printf 'VOCALBABY_API_KEYS_FILE=%s/api-keys\n' "$config"
  printf 'VOCALBABY_API_PREDICTION_LOG=/var/lib/vocalbaby/predictions\n'
} >"$config/server.env"
aws ssm get-parameter --region "$REGION" --with-decryption --name "$KEYS_PARAMETER" \
  --query Parameter.Value --output text >"$config/api-keys.new"
mv -f "$config/api-keys.new" "$config/api-keys"
chgrp "$user" "$config/server.env" "$config/api-keys"
chmod 0640 "$config/server.env" "$config/api-keys"

say "service"
cat >/etc/systemd/system/vocalbaby-server.service <<UNIT
[Unit]
Description=VocalBaby: labels for infant vocalizations
Wants=network-online.target
After=network-online.target

[Service]
User=$([[ $ARTIFACT_KIND == pex ]] && echo "$user" || echo root)
EnvironmentFile=$config/server.env
# Settings of this one machine, if somebody has made any.
EnvironmentFile=-$config/local.env
Environment=PEX_ROOT=/var/cache/vocalbaby
ExecStart=$start
Restart=always
RestartSec=2
# Longer than the service takes to finish what it has accepted.
TimeoutStopSec=45
StateDirectory=vocalbaby
CacheDirectory=vocalbaby
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
MemoryMax=80%

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable vocalbaby-server
systemctl restart vocalbaby-server
say "started"
