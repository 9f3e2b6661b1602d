#!/usr/bin/env bash
# Runs a monitoring instance's user data as root on this machine, and leaves nothing of it: what
# the installation writes goes to memory that only this process sees. What systemd would start
# is started by hand. Called by `unshare --mount`.
#
#   watchman.sh USER_DATA FOLDER PROMETHEUS_PORT ALERTMANAGER_PORT
#
# Ends when the file FOLDER/stop is there, or after ten minutes.
set -euo pipefail
user_data="$1" folder="$2" prometheus_port="$3" alertmanager_port="$4"

mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
for place in /etc /opt /var/lib /var/log; do
  mkdir -p "/mnt/upper$place" "/mnt/work$place"
  mount -t overlay overlay \
    -o "lowerdir=$place,upperdir=/mnt/upper$place,workdir=/mnt/work$place" "$place"
done

units=/etc/systemd/system
started=()
start() { # UNIT [SED]: becomes the unit's program, as its user and with its environment
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

# As a volume comes back that another image wrote.
restored=/var/lib/vocalbaby/prometheus/restored
install -D --owner=54321 --group=54321 --mode=0600 /dev/null "$restored"
bash "$user_data" >"$folder/install.log" 2>&1
[[ "$(stat --format=%U "$restored")" == vocalbaby-prometheus ]]
rm "$restored"
owners="$(stat --format=%u:%g /var/lib/vocalbaby/{prometheus,alertmanager,grafana,drift} | xargs)"
[[ $owners == "401:401 402:402 403:403 404:404" ]]
bash "$user_data" >"$folder/again.log" 2>&1
if sed "s/^CONFIGURATION_SHA256='/&0/" "$user_data" | bash >"$folder/refused.log" 2>&1; then
  exit 1
fi
systemd-analyze verify "$units"/{prometheus,alertmanager,grafana,vocalbaby-drift}.service \
  "$units/vocalbaby-drift.timer" >"$folder/verify.log" 2>&1
cp "$units"/{prometheus,alertmanager,grafana,vocalbaby-drift}.service "$folder"
(start vocalbaby-drift)
if runuser -u vocalbaby-drift -- cat /etc/vocalbaby/grafana/password >"$folder/stolen" 2>&1; then
  exit 1
fi
start prometheus "s/127.0.0.1:9090/127.0.0.1:$prometheus_port/" &
started+=($!)
start alertmanager "s/127.0.0.1:9093/127.0.0.1:$alertmanager_port/" &
started+=($!)
trap 'kill "${started[@]}"; wait || true' EXIT
touch "$folder/started"
until [[ -e $folder/stop || $SECONDS -gt 600 ]]; do sleep 0.2; done
