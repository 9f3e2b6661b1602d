# The monitoring instance: Prometheus discovers the servers by their tag, Alertmanager sends alerts,
# Grafana shows dashboards, and a timer runs the drift job. All programs listen on loopback only;
# operators connect through Session Manager's port forwarding.

data "aws_region" "current" {}

data "aws_ssm_parameter" "amazon_linux" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

data "aws_subnet" "this" {
  id = var.subnet_id
}

locals {
  image_id  = coalesce(var.image_id, try(nonsensitive(data.aws_ssm_parameter.amazon_linux[0].value), null))
  data_name = "${var.name}-monitoring-data"

  drift_settings = {
    VOCALBABY_DRIFT__LOG     = "s3://${var.logs_bucket}/predictions"
    VOCALBABY_DRIFT__STORE   = "s3://${var.models_bucket}"
    VOCALBABY_DRIFT__CHANNEL = var.channel
    VOCALBABY_DRIFT__OUT     = "s3://${var.artifacts_bucket}/drift"
    AWS_DEFAULT_REGION       = data.aws_region.current.id
  }

  # Values come first, then the scripts that use them, so that the scripts can be linted as files.
  user_data = join("\n", [
    "#!/bin/bash",
    "REGION='${data.aws_region.current.id}'",
    "PARAMETER_PREFIX='${var.parameter_prefix}'",
    "SERVERS='${var.server_tag}'",
    "METRICS_PORT='${var.metrics_port}'",
    "RETENTION_DAYS='${var.retention_days}'",
    "RETENTION_MB='${floor(var.data_gib * 1024 * 0.8)}'",
    "DATA_DEVICE='${var.data_device}'",
    "CONFIGURATION_URI='${var.configuration.uri}'",
    "CONFIGURATION_SHA256='${var.configuration.sha256}'",
    "PROGRAMS='${join("\n", [for name, program in var.programs : "${name} ${program.uri} ${program.sha256}"])}'",
    "DRIFT_URI='${var.drift.uri}'",
    "DRIFT_SHA256='${var.drift.sha256}'",
    "DRIFT_SCHEDULE='${var.drift_schedule}'",
    "DRIFT_SETTINGS='${join("\n", [for name, value in local.drift_settings : "${name}=${value}"])}'",
    file("${path.module}/../../shared/user_data_common.sh"),
    file("${path.module}/install_monitoring.sh"),
  ])
}

# A change of the installation replaces the instance. Metrics stay on a separate volume.
resource "terraform_data" "installation" {
  input = sha256(local.user_data)
}

resource "aws_instance" "this" {
  ami                    = local.image_id
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  vpc_security_group_ids = [var.security_group_id]
  iam_instance_profile   = var.instance_profile
  user_data_base64       = base64encode(local.user_data)
  monitoring             = true
  ebs_optimized          = true

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
    encrypted   = true
  }

  tags = { Name = "${var.name}-monitoring", Role = "monitoring" }

  lifecycle {
    # A newer Amazon Linux is used only when the instance is replaced for another reason.
    ignore_changes       = [ami]
    replace_triggered_by = [terraform_data.installation]
  }
}

resource "aws_ebs_volume" "data" {
  availability_zone = data.aws_subnet.this.availability_zone
  type              = "gp3"
  size              = var.data_gib
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  snapshot_id       = var.data_snapshot_id
  final_snapshot    = true # it has the volume's tags, by which a restore finds it

  tags = { Name = local.data_name }

  lifecycle {
    # Setting the variable must never replace a volume that holds metrics.
    ignore_changes = [snapshot_id]

    postcondition {
      condition     = var.data_snapshot_id == null || self.snapshot_id == var.data_snapshot_id
      error_message = "The data volume exists and was not created from data_snapshot_id. To restore a snapshot, destroy the monitoring instance first (see docs/deploy.md, \"When something is lost\"). Otherwise leave the variable unset."
    }
  }
}

# The volume is detached only after the old instance has shut down and Prometheus has stopped.
resource "aws_volume_attachment" "data" {
  device_name  = var.data_device == "" ? "/dev/sdf" : var.data_device
  volume_id    = aws_ebs_volume.data.id
  instance_id  = aws_instance.this.id
  skip_destroy = true
}

# EC2 itself monitors this instance, and moves it to healthy hardware after a failure.
resource "aws_cloudwatch_metric_alarm" "status" {
  alarm_name          = "${var.name}-monitoring-status"
  alarm_description   = "The hardware of the monitoring instance fails. EC2 recovers the instance."
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed_System"
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 2
  alarm_actions       = concat(["arn:aws:automate:${data.aws_region.current.id}:ec2:recover"], var.alarm_topic_arns)
  ok_actions          = var.alarm_topic_arns
}
