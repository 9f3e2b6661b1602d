output "instance_id" {
  description = "The instance, for `aws ssm start-session --target`."
  value       = aws_instance.this.id
}

output "data_volume_id" {
  description = "The volume with what was measured: what the daily snapshots are of."
  value       = aws_ebs_volume.data.id
}

output "port_forwarding" {
  description = "Commands that bring Grafana, Prometheus and Alertmanager to this machine's loopback."
  value = {
    for program, port in { grafana = 3000, prometheus = 9090, alertmanager = 9093 } : program => join(" ", [
      "aws ssm start-session --target ${aws_instance.this.id}",
      "--document-name AWS-StartPortForwardingSession",
      "--parameters portNumber=${port},localPortNumber=${port}",
    ])
  }
}

output "user_data" {
  description = "The script that makes a watchman of a new instance."
  value       = local.user_data
}
