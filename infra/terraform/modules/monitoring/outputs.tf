output "instance_id" {
  description = "ID of the instance, for `aws ssm start-session --target`."
  value       = aws_instance.this.id
}

output "data_volume_id" {
  description = "ID of the volume with the metrics, of which snapshots are taken daily."
  value       = aws_ebs_volume.data.id
}

output "port_forwarding" {
  description = "Commands that forward Grafana, Prometheus and Alertmanager to the local machine."
  value = {
    for program, port in { grafana = 3000, prometheus = 9090, alertmanager = 9093 } : program => join(" ", [
      "aws ssm start-session --target ${aws_instance.this.id}",
      "--document-name AWS-StartPortForwardingSession",
      "--parameters portNumber=${port},localPortNumber=${port}",
    ])
  }
}

output "user_data" {
  description = "Script that installs the programs on a new instance."
  value       = local.user_data
}
