# Installs Prometheus, Alertmanager, Grafana and the daily drift job on a new instance. main.tf puts
# the variables in capitals and shared/user_data_common.sh before this script. The script can be run
# again.
# shellcheck shell=bash disable=SC2154
home=/opt/vocalbaby
config=/etc/vocalbaby
data=/var/lib/vocalbaby

mount_data() { # DEVICE: mounts the volume that outlives the instance
  local waited=0
  until [[ -b $1 ]]; do
    ((waited < 300)) || return 1
    waited=$((waited + 5))
    sleep 5
  done
  blkid "$1" >/dev/null || mkfs.xfs -q -L vocalbaby "$1"
  grep -q ' /var/lib/vocalbaby ' /etc/fstab ||
    printf 'LABEL=vocalbaby %s xfs defaults,nofail 0 2\n' "$data" >>/etc/fstab
  mountpoint -q "$data" || mount "$data"
}

unit() { # NAME USER DESCRIPTION COMMAND: writes a unit; stdin has more lines of [Service]
  cat >"/etc/systemd/system/$1.service" <<UNIT
[Unit]
Description=$3
Wants=network-online.target
After=network-online.target
RequiresMountsFor=$data

[Service]
User=$2
# Holds optional settings of this machine.
EnvironmentFile=-$config/local.env
ExecStart=$4
$(cat)
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
UNIT
}

log "data"
install -d -m 0755 "$home" "$config" "$data"
if [[ -n $DATA_DEVICE ]]; then mount_data "$DATA_DEVICE"; fi
chmod 0755 "$data"

log "users and folders"
# Every instance uses the same ids, because the volume stores owners by id.
id=400
for program in prometheus alertmanager grafana drift; do
  id=$((id + 1))
  account "vocalbaby-$program" "$data/$program" "$id"
  install -d -m 0750 -o "vocalbaby-$program" -g "vocalbaby-$program" "$data/$program"
  install -d -m 0750 -g "vocalbaby-$program" "$config/$program"
  # Files of a restored snapshot may belong to other ids.
  chown -R "vocalbaby-$program:vocalbaby-$program" "$data/$program"
done

log "programs"
while read -r program uri sha256; do
  fetch "$uri" "$sha256" "$home/$program.tar.gz"
  rm -rf "${home:?}/$program"
  install -d -m 0755 "$home/$program"
  tar --extract --gzip --no-same-owner --strip-components=1 \
    --file "$home/$program.tar.gz" --directory "$home/$program"
  chmod -R go+rX "$home/$program"
  rm "$home/$program.tar.gz"
done <<<"$PROGRAMS"

log "configuration $CONFIGURATION_URI"
fetch "$CONFIGURATION_URI" "$CONFIGURATION_SHA256" "$home/configuration.tar.gz"
rm -rf "$home/configuration"
install -d -m 0755 "$home/configuration"
tar --extract --gzip --no-same-owner \
  --file "$home/configuration.tar.gz" --directory "$home/configuration"
chmod -R go+rX "$home/configuration"

log "Prometheus"
rm -rf "$config/prometheus/rules"
cp -R "$home/configuration/rules" "$config/prometheus/rules"
sed -e "s|@REGION@|$REGION|" -e "s|@SERVERS@|$SERVERS|" -e "s|@METRICS_PORT@|$METRICS_PORT|" \
  -e "s|@ENDPOINT@|${AWS_ENDPOINT_URL:-}|" \
  "$home/configuration/prometheus.yml" >"$config/prometheus/prometheus.yml"
chgrp -R vocalbaby-prometheus "$config/prometheus"
"$home/prometheus/promtool" check config "$config/prometheus/prometheus.yml"
unit prometheus vocalbaby-prometheus "Prometheus, for VocalBaby" "$home/prometheus/prometheus \
  --config.file=$config/prometheus/prometheus.yml --storage.tsdb.path=$data/prometheus \
  --storage.tsdb.retention.time=${RETENTION_DAYS}d --storage.tsdb.retention.size=${RETENTION_MB}MB \
  --web.listen-address=127.0.0.1:9090" <<LINES
ReadWritePaths=$data/prometheus
Restart=always
RestartSec=5
MemoryMax=50%
LINES

log "Alertmanager"
secret "$PARAMETER_PREFIX/monitoring/alertmanager.yml" "$config/alertmanager/alertmanager.yml" vocalbaby-alertmanager
"$home/alertmanager/amtool" check-config "$config/alertmanager/alertmanager.yml" >/dev/null
unit alertmanager vocalbaby-alertmanager "Alertmanager, for VocalBaby" "$home/alertmanager/alertmanager \
  --config.file=$config/alertmanager/alertmanager.yml --storage.path=$data/alertmanager \
  --cluster.listen-address= --web.listen-address=127.0.0.1:9093" <<LINES
ReadWritePaths=$data/alertmanager
Restart=always
RestartSec=5
LINES

services=(prometheus alertmanager)
if [[ -d $home/grafana ]]; then
  log "Grafana"
  rm -rf "$config/grafana/provisioning" /var/lib/grafana/dashboards
  install -d -m 0755 /var/lib/grafana
  cp -R "$home/configuration/grafana/provisioning" "$config/grafana/provisioning"
  cp -R "$home/configuration/grafana/dashboards" /var/lib/grafana/dashboards
  chmod -R go+rX "$config/grafana/provisioning" /var/lib/grafana/dashboards
  secret "$PARAMETER_PREFIX/monitoring/grafana-password" "$config/grafana/password" vocalbaby-grafana
  unit grafana vocalbaby-grafana "Grafana, for VocalBaby" \
    "$home/grafana/bin/grafana server --homepath=$home/grafana" <<LINES
Environment=PROMETHEUS_URL=http://127.0.0.1:9090
Environment=GF_SERVER_HTTP_ADDR=127.0.0.1
Environment=GF_SECURITY_ADMIN_USER=operator
Environment=GF_SECURITY_ADMIN_PASSWORD__FILE=$config/grafana/password
Environment=GF_AUTH_ANONYMOUS_ENABLED=false GF_USERS_ALLOW_SIGN_UP=false
Environment=GF_ANALYTICS_REPORTING_ENABLED=false GF_ANALYTICS_CHECK_FOR_UPDATES=false
Environment=GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false GF_PLUGINS_PREINSTALL_DISABLED=true
Environment=GF_PATHS_DATA=$data/grafana GF_PATHS_LOGS=$data/grafana/log
Environment=GF_PATHS_PLUGINS=$data/grafana/plugins
Environment=GF_PATHS_PROVISIONING=$config/grafana/provisioning GF_LOG_MODE=console
ReadWritePaths=$data/grafana
Restart=always
RestartSec=5
LINES
  services+=(grafana)
fi

log "drift job"
package python3.11 python3.11
fetch "$DRIFT_URI" "$DRIFT_SHA256" "$home/drift.pex"
chmod 0755 "$home/drift.pex"
cp "$home/configuration/drift.yaml" "$config/drift/drift.yaml"
printf '%s\n' "$DRIFT_SETTINGS" >"$config/drift/drift.env"
chgrp -R vocalbaby-drift "$config/drift"
# Exit code 5 means that there was too little data to compare; the job's metrics report it.
unit vocalbaby-drift vocalbaby-drift "VocalBaby: compare production with the training data" \
  "/usr/bin/env python3.11 $home/drift.pex run --config $config/drift/drift.yaml" <<LINES
Type=oneshot
EnvironmentFile=$config/drift/drift.env
Environment=PEX_ROOT=$data/drift/pex DO_NOT_TRACK=1
WorkingDirectory=$data/drift
ReadWritePaths=$data/drift
SuccessExitStatus=5
TimeoutStartSec=30min
MemoryMax=50%
LINES
cat >/etc/systemd/system/vocalbaby-drift.timer <<UNIT
[Unit]
Description=VocalBaby: schedule of the drift job

[Timer]
OnCalendar=$DRIFT_SCHEDULE
Persistent=true

[Install]
WantedBy=timers.target
UNIT

log "services"
systemctl daemon-reload
systemctl enable "${services[@]}" vocalbaby-drift.timer
systemctl restart "${services[@]}" vocalbaby-drift.timer
log "started"
