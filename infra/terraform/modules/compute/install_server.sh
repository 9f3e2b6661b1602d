# Installs the service on a new instance: downloads the release, verifies it and runs it by systemd.
# main.tf puts the variables in capitals and shared/user_data_common.sh before this script. The
# script can be run again.
# shellcheck shell=bash disable=SC2154
user=vocalbaby
home=/opt/vocalbaby
config=/etc/vocalbaby

metadata() { # PATH [CURL-OPTION...]: prints a value of the instance metadata service
  curl --silent --fail --max-time 5 --retry 5 --retry-connrefused "${@:2}" \
    "http://169.254.169.254/latest/$1"
}
complete_launch() { # RESULT: CONTINUE puts the instance into service, ABANDON terminates it
  local token instance output attempt
  token="$(metadata api/token --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60')"
  instance="$(metadata meta-data/instance-id --header "X-aws-ec2-metadata-token: $token")"
  for attempt in {1..10}; do
    if output="$(aws autoscaling complete-lifecycle-action --region "$REGION" \
      --instance-id "$instance" --auto-scaling-group-name "$GROUP" --lifecycle-hook-name "$HOOK" \
      --lifecycle-action-result "$1" 2>&1)"; then
      return
    fi
    log "$1, attempt $attempt: $output"
    ((attempt == 10)) || sleep 6
  done
  # No action is pending when the script is run again. Any other error means that the group does
  # not know that this server is ready.
  [[ $output == *"No active Lifecycle Action"* ]]
}
trap 'failed=$?; ((failed == 0)) || complete_launch ABANDON || true; exit "$failed"' EXIT

log "packages"
case $ARTIFACT_KIND in
  pex) package python3.11 python3.11 ;;
  image) package docker docker ;;
esac

log "user and folders"
account "$user" /var/lib/vocalbaby
install -d -m 0755 "$home"
install -d -m 0750 -o root -g "$user" "$config"

pull_image() { # the digest in the URI verifies the image
  systemctl enable --now docker
  aws ecr get-login-password --region "$REGION" |
    docker login --username AWS --password-stdin "${ARTIFACT_URI%%/*}"
  docker pull --quiet "$ARTIFACT_URI"
}

log "release $ARTIFACT_URI"
case $ARTIFACT_KIND in
  pex)
    fetch "$ARTIFACT_URI" "$ARTIFACT_SHA256" "$home/server.pex"
    chmod 0755 "$home/server.pex"
    start="/usr/bin/env python3.11 $home/server.pex"
    unit="User=$user"$'\n'"StateDirectory=vocalbaby"$'\n'"CacheDirectory=vocalbaby"
    ;;
  image)
    pull_image
    start="/usr/bin/docker run --rm --name vocalbaby-server --network host --read-only"
    start+=" --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp"
    start+=" --user $(id -u "$user"):$(id -g "$user") --env-file $config/server.env --env-file $config/local.env"
    start+=" --volume $config/api-keys:$config/api-keys:ro --volume /var/lib/vocalbaby:/var/lib/vocalbaby"
    start+=" --memory $(awk '/MemTotal/ { print int($2 * 0.8) "k" }' /proc/meminfo) $ARTIFACT_URI"
    # The unit runs Docker's client as root, so systemd would create the state folder for root.
    install -d -o "$user" -g "$user" /var/lib/vocalbaby
    unit="ExecStartPre=-/usr/bin/docker rm --force vocalbaby-server"
    ;;
esac

log "settings and API keys"
{
  printf '%s\n' "$SETTINGS"
  printf 'VOCALBABY_API__WORKERS=%s\n' "${WORKERS:-$(nproc)}"
  printf 'VOCALBABY_API__KEYS_FILE=%s/api-keys\n' "$config"
  printf 'VOCALBABY_API__PREDICTION_LOG=/var/lib/vocalbaby/predictions\n'
} >"$config/server.env"
# Holds optional settings of this machine.
[[ -e $config/local.env ]] || touch "$config/local.env"
chgrp "$user" "$config/server.env"
chmod 0640 "$config/server.env"
secret "$KEYS_PARAMETER" "$config/api-keys" "$user"

log "service"
cat >/etc/systemd/system/vocalbaby-server.service <<UNIT
[Unit]
Description=VocalBaby: labels for infant vocalizations
Wants=network-online.target
After=network-online.target docker.service

[Service]
$unit
EnvironmentFile=$config/server.env
EnvironmentFile=$config/local.env
Environment=PEX_ROOT=/var/cache/vocalbaby
ExecStart=$start
Restart=always
RestartSec=2
# The service needs less time to finish the requests that it has accepted.
TimeoutStopSec=45
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
log "started"

ready() { curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:$PORT/ready"; }
for _ in {1..150}; do
  ! ready || break
  sleep 2
done
ready
log "ready"
complete_launch CONTINUE
