#!/usr/bin/env bash
# Runs the user data of a monitoring instance as root on this machine, without changing the machine:
# the installation writes to overlays in memory that only this process sees. The script starts the
# programs that systemd would start. It must be called by `unshare --mount`.
#
#   run_user_data.sh USER_DATA FOLDER PROMETHEUS_PORT ALERTMANAGER_PORT
#
# The script ends when the file FOLDER/stop exists, or after ten minutes.
set -euo pipefail
user_data="$1" folder="$2" prometheus_port="$3" alertmanager_port="$4"

mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
for directory in /etc /opt /var/lib /var/log; do
  mkdir -p "/mnt/upper$directory" "/mnt/work$directory"
  mount -t overlay overlay \
    -o "lowerdir=$directory,upperdir=/mnt/upper$directory,workdir=/mnt/work$directory" "$directory"
done

units=/etc/systemd/system
started=()
start() { # UNIT [SED]: runs the program of a unit with the unit's user and environment
  local file="$units/$1.service" user line
  user="$(sed -n 's/^User=//p' "$file")"
  line="$(sed -n 's/^ExecStart=//p' "$file" | sed -e "${2:-}")"
  {
    printf 'set -a\n'
    sed -n 's/^EnvironmentFile=\(.*\)/. \1/p' "$file" | grep -v ' -' || true
    printf 'set +a\nexec %s\n' "$line"
  } >"/mnt/$1.sh"
  chmod 0644 "/mnt/$1.sh"
  exec setpriv --reuid="$user" --regid="$user" --init-groups \
    bash "/mnt/$1.sh" >"$folder/$1.log" 2>&1
}

# A restored volume may contain files of unknown owners.
restored=/var/lib/vocalbaby/prometheus/restored
install -D --owner=54321 --group=54321 --mode=0600 /dev/null "$restored"
bash "$user_data" >"$folder/install.log" 2>&1
[[ "$(stat --format=%U "$restored")" == vocalbaby-prometheus ]]
rm "$restored"
owners="$(stat --format=%u:%g /var/lib/vocalbaby/{prometheus,alertmanager,grafana,drift} | xargs)"
[[ $owners == "401:401 402:402 403:403 404:404" ]]
bash "$user_data" >"$folder/again.log" 2>&1
if sed "s/^CONFIGURATION_SHA256='/&0/" "$user_data" | bash >"$folder/rejected.log" 2>&1; then
  exit 1
fi
systemd-analyze verify "$units"/{prometheus,alertmanager,grafana,vocalbaby-drift}.service \
  "$units/vocalbaby-drift.timer" >"$folder/verify.log" 2>&1
cp "$units"/{prometheus,alertmanager,grafana,vocalbaby-drift}.service "$folder"
(start vocalbaby-drift)
if runuser -u vocalbaby-drift -- cat /etc/vocalbaby/grafana/password >"$folder/unauthorized" 2>&1; then
  exit 1
fi
start prometheus "s/127.0.0.1:9090/127.0.0.1:$prometheus_port/" &
started+=($!)
start alertmanager "s/127.0.0.1:9093/127.0.0.1:$alertmanager_port/" &
started+=($!)
trap 'kill "${started[@]}"; wait || true' EXIT
touch "$folder/started"
until [[ -e $folder/stop || $SECONDS -gt 600 ]]; do sleep 0.2; done
