# Servers: a launch template and a group that keeps them alive. A single instance is a group
# of one, so that it too is replaced when it dies and renewed by a deploy.

data "aws_region" "current" {}

data "aws_ssm_parameter" "amazon_linux" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  image_id = coalesce(var.image_id, try(nonsensitive(data.aws_ssm_parameter.amazon_linux[0].value), null))
  hook     = "ready"
  # Servers keep an idle connection longer than the load balancer, which else sends a request
  # into one that is just closed, and answers 502.
  idle_seconds       = 75
  keep_alive_seconds = local.idle_seconds + 15

  # Nothing scales a single server; the second place is its successor's while it is renewed.
  size = var.auto_scaling == null ? { min = 1, max = 2 } : { min = var.auto_scaling.min, max = var.auto_scaling.max }

  # Of the provider's default_tags neither the group nor what it starts gets any.
  tags = merge(var.tags, { Name = "${var.name}-server", Role = "server" })

  settings = merge({
    VOCALBABY_API__HOST                 = "0.0.0.0"
    VOCALBABY_API__PORT                 = tostring(var.server_port)
    VOCALBABY_API__METRICS_PORT         = tostring(var.metrics_port)
    VOCALBABY_API__REQUIRE_KEYS         = "true"
    VOCALBABY_API__LOG_JSON             = "true"
    VOCALBABY_API__KEEP_ALIVE_SECONDS   = tostring(local.keep_alive_seconds)
    VOCALBABY_API__STORE                = "s3://${var.models_bucket}"
    VOCALBABY_API__CHANNEL              = var.channel
    VOCALBABY_API__PREDICTION_LOG_STORE = "s3://${var.logs_bucket}/predictions"
    VOCALBABY_API__DRIFT_RESULTS        = "s3://${var.artifacts_bucket}/drift"
    AWS_DEFAULT_REGION                 = data.aws_region.current.id
  }, var.settings)

  # Values first, then the scripts that use them: files that can be linted.
  user_data = join("\n", [
    "#!/bin/bash",
    "ARTIFACT_KIND='${var.artifact.kind}'",
    "ARTIFACT_URI='${var.artifact.uri}'",
    "ARTIFACT_SHA256='${var.artifact.sha256 == null ? "" : var.artifact.sha256}'",
    "GROUP='${var.name}-server'",
    "HOOK='${local.hook}'",
    "KEYS_PARAMETER='${var.parameter_prefix}/server/api-keys'",
    "PORT='${var.server_port}'",
    "REGION='${data.aws_region.current.id}'",
    "WORKERS='${var.workers == null ? "" : var.workers}'",
    "SETTINGS='${join("\n", [for name, value in local.settings : "${name}=${value}"])}'",
    file("${path.module}/../../shared/begin.sh"),
    file("${path.module}/install_server.sh"),
  ])
}

resource "aws_launch_template" "server" {
  name_prefix            = "${var.name}-server-"
  image_id               = local.image_id
  instance_type          = var.instance_type
  user_data              = base64encode(local.user_data)
  update_default_version = true
  vpc_security_group_ids = [var.server_security_group_id]

  # The role that deploys may change the template with this name only.
  tags = { Name = "${var.name}-server" }

  iam_instance_profile {
    name = var.instance_profile
  }

  # One hop for a PEX; a container stands one hop further.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = var.artifact.kind == "image" ? 2 : 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = local.tags
  }

  tag_specifications {
    resource_type = "volume"
    tags          = local.tags
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "server" {
  name                = "${var.name}-server"
  min_size            = local.size.min
  max_size            = local.size.max
  vpc_zone_identifier = var.server_subnet_ids
  target_group_arns   = aws_lb_target_group.server[*].arn

  health_check_type         = var.load_balancer == null ? "EC2" : "ELB" # which asks /ready
  health_check_grace_period = 60

  # Successors first, whatever replaces a server: a release, somebody's refresh, ill health. No
  # preferences below: the provider would send its own percentages with them, over these.
  default_instance_warmup = 30

  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = var.auto_scaling == null ? 200 : 150
  }

  # A new server counts when it says by itself that it is ready. One that cannot, or is silent,
  # is taken away again, and those before it stay.
  # For a change of this block Terraform would replace the group, servers and all: change the
  # hook of a group that is there by `aws autoscaling put-lifecycle-hook` instead.
  initial_lifecycle_hook {
    name                 = local.hook
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = 600
    default_result       = "ABANDON"
  }

  launch_template {
    id      = aws_launch_template.server.id
    version = aws_launch_template.server.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
  }

  dynamic "tag" {
    for_each = local.tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}

resource "aws_autoscaling_policy" "cpu" {
  count = var.auto_scaling == null ? 0 : 1

  name                   = "${var.name}-cpu"
  autoscaling_group_name = aws_autoscaling_group.server.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.auto_scaling.cpu_percent

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
