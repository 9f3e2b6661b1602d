# The servers: a launch template, and an Auto Scaling group that replaces failed instances. A single
# server is a group of one, so that it is replaced and deployed in the same way.

data "aws_region" "current" {}

data "aws_ssm_parameter" "amazon_linux" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  image_id = coalesce(var.image_id, try(nonsensitive(data.aws_ssm_parameter.amazon_linux[0].value), null))
  hook     = "ready"
  # Servers must keep idle connections open longer than the load balancer. Otherwise the load
  # balancer may send a request on a connection that the server is closing, and answer 502.
  idle_seconds       = 75
  keep_alive_seconds = local.idle_seconds + 15

  # A single server is never scaled. The maximum of 2 allows its successor to start first.
  size = var.auto_scaling == null ? { min = 1, max = 2 } : { min = var.auto_scaling.min, max = var.auto_scaling.max }

  # The provider's default_tags apply neither to the group nor to the instances that it launches.
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
    AWS_DEFAULT_REGION                  = data.aws_region.current.id
    }, try(length(var.load_balancer.cidr_blocks), 0) == 0 ? {} : {
    # Otherwise all clients would be one address, the load balancer's.
    VOCALBABY_API__FORWARDED_ALLOW_IPS = join(",", var.load_balancer.cidr_blocks)
  }, var.settings)

  # Values come first, then the scripts that use them, so that the scripts can be linted as files.
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
    file("${path.module}/../../shared/user_data_common.sh"),
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

  # The deploy role may change only the template with this name.
  tags = { Name = "${var.name}-server" }

  iam_instance_profile {
    name = var.instance_profile
  }

  # A PEX is one network hop away from the metadata service, a container two.
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

  health_check_type         = var.load_balancer == null ? "EC2" : "ELB" # ELB checks /ready
  health_check_grace_period = 60

  # Whenever instances are replaced, by a release, a manual refresh or a failed health check, the
  # new ones start first. The block instance_refresh has no preferences, because the provider would
  # send default percentages with them that override these.
  default_instance_warmup = 30

  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = var.auto_scaling == null ? 200 : 150
  }

  # A new server is in service once it has completed this lifecycle action. A server that abandons
  # the action, or does not complete it in time, is terminated, and the old servers stay.
  # Terraform replaces the whole group when this block changes. Change the hook of an existing group
  # with `aws autoscaling put-lifecycle-hook` instead.
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
