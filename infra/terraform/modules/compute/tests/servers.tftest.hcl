mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-0123456789abcdef0"] }
  }
}

variables {
  name                     = "vocalbaby-test"
  vpc_id                   = "vpc-0123456789abcdef0"
  server_subnet_ids        = ["subnet-0123456789abcdef0"]
  server_security_group_id = "sg-0123456789abcdef0"
  instance_profile         = "vocalbaby-test-server"
  parameter_prefix         = "/vocalbaby-test"
  models_bucket            = "vocalbaby-test-models"
  logs_bucket              = "vocalbaby-test-logs"
  artifacts_bucket         = "vocalbaby-test-artifacts"

  artifact = {
    kind   = "pex"
    uri    = "s3://vocalbaby-test-artifacts/releases/0.1.0/server.pex"
    sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = output.autoscaling_group_name == "vocalbaby-example-server"
    error_message = "There is a group of servers."
  }
}

run "one_server" {
  assert {
    condition     = aws_autoscaling_group.server.min_size == 1 && aws_autoscaling_group.server.max_size == 2
    error_message = "One server is a group of one, with a place for its successor."
  }

  assert {
    condition     = aws_autoscaling_group.server.health_check_type == "EC2" && length(aws_lb.this) == 0
    error_message = "Without a load balancer EC2 looks after the server."
  }

  assert {
    condition     = aws_launch_template.server.metadata_options[0].http_tokens == "required" && aws_launch_template.server.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The instance's credentials are for IMDSv2 on the instance itself."
  }

  assert {
    condition     = tobool(aws_launch_template.server.block_device_mappings[0].ebs[0].encrypted)
    error_message = "The disk is encrypted."
  }

  assert {
    condition     = base64decode(aws_launch_template.server.user_data) == output.user_data
    error_message = "What is given out is what instances run."
  }

  assert {
    condition     = length(base64encode(output.user_data)) < 16384
    error_message = "EC2 takes 16 KiB of user data."
  }

  assert {
    condition = alltrue([for line in [
      "#!/bin/bash",
      "ARTIFACT_SHA256='0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
      "GROUP='vocalbaby-test-server'",
      "HOOK='ready'",
      "KEYS_PARAMETER='/vocalbaby-test/server/api-keys'",
      "PORT='8000'",
      "VOCALBABY_API__STORE=s3://vocalbaby-test-models",
      "VOCALBABY_API__PREDICTION_LOG_STORE=s3://vocalbaby-test-logs/predictions",
      "VOCALBABY_API__METRICS_PORT=9464",
    ] : strcontains(output.user_data, line)])
    error_message = "The installation knows its release, its group, its keys and its buckets."
  }

  assert {
    condition     = [for hook in aws_autoscaling_group.server.initial_lifecycle_hook : "${hook.name} ${hook.default_result}"] == ["ready ABANDON"]
    error_message = "A server that does not say that it is ready is taken away."
  }
}

run "whose_they_are" {
  variables {
    tags = { Project = "vocalbaby" }
  }

  # infra/tests/test_permissions.py: the role that deploys may change the template with this name.
  assert {
    condition     = aws_launch_template.server.tags == tomap({ Name = "vocalbaby-test-server" })
    error_message = "The role that deploys finds the template by its name."
  }

  assert {
    condition = alltrue([
      for of in aws_launch_template.server.tag_specifications :
      of.tags == tomap({ Name = "vocalbaby-test-server", Role = "server", Project = "vocalbaby" })
    ]) && [for of in aws_launch_template.server.tag_specifications : of.resource_type] == ["instance", "volume"]
    error_message = "Instances and their disks have the environment's tags as well."
  }

  assert {
    condition     = { for tag in aws_autoscaling_group.server.tag : tag.key => tag.value if tag.propagate_at_launch } == { Name = "vocalbaby-test-server", Role = "server", Project = "vocalbaby" }
    error_message = "So has the group, which tags what it starts."
  }
}

run "successors_first" {
  assert {
    condition     = [for policy in aws_autoscaling_group.server.instance_maintenance_policy : "${policy.min_healthy_percentage} ${policy.max_healthy_percentage}"] == ["100 200"]
    error_message = "Whatever replaces the server, its successor is started first."
  }

  assert {
    condition     = length(aws_autoscaling_group.server.instance_refresh[0].preferences) == 0 && aws_autoscaling_group.server.default_instance_warmup == 30
    error_message = "Terraform's own refreshes inherit that: with preferences the provider would send other percentages."
  }
}

run "a_group_behind_tls" {
  variables {
    auto_scaling = { min = 2, max = 6 }
    load_balancer = {
      subnet_ids        = ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
      security_group_id = "sg-0123456789abcdef1"
      certificate_arn   = "arn:aws:acm:eu-central-1:123456789012:certificate/example"
    }
  }

  assert {
    condition     = aws_autoscaling_group.server.health_check_type == "ELB"
    error_message = "A server that does not answer is replaced."
  }

  assert {
    condition     = [for policy in aws_autoscaling_group.server.instance_maintenance_policy : "${policy.min_healthy_percentage} ${policy.max_healthy_percentage}"] == ["100 150"]
    error_message = "All servers stay until there are others."
  }

  assert {
    condition     = aws_lb.this[0].idle_timeout < tonumber(regex("VOCALBABY_API__KEEP_ALIVE_SECONDS=(\\d+)", output.user_data)[0])
    error_message = "A server closes no connection that the load balancer may still use."
  }

  assert {
    condition     = aws_autoscaling_policy.cpu[0].target_tracking_configuration[0].target_value == 60
    error_message = "The group aims at the load that was asked for."
  }

  assert {
    condition     = length(aws_lb_listener.https) == 1 && aws_lb_listener.redirect[0].default_action[0].redirect[0].protocol == "HTTPS" && length(aws_lb_listener.http) == 0
    error_message = "With a certificate nothing is answered without TLS."
  }

  assert {
    condition     = aws_lb.this[0].enable_deletion_protection
    error_message = "The load balancer is protected unless it is said otherwise."
  }
}

run "an_image" {
  variables {
    artifact = {
      kind = "image"
      uri  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/vocalbaby-test/server@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }

  assert {
    condition     = aws_launch_template.server.metadata_options[0].http_put_response_hop_limit == 2
    error_message = "A container stands one hop further from the credentials."
  }
}

run "a_tag_is_refused" {
  command = plan

  variables {
    artifact = { kind = "image", uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/vocalbaby-test/server:latest" }
  }

  expect_failures = [var.artifact]
}

run "a_pex_without_checksum_is_refused" {
  command = plan

  variables {
    artifact = { kind = "pex", uri = "s3://vocalbaby-test-artifacts/releases/0.1.0/server.pex" }
  }

  expect_failures = [var.artifact]
}

run "bounds_the_wrong_way_round_are_refused" {
  command = plan

  variables {
    auto_scaling = { min = 3, max = 2 }
  }

  expect_failures = [var.auto_scaling]
}

run "settings_that_would_end_the_quotes_are_refused" {
  command = plan

  variables {
    settings = { VOCALBABY_API__CHANNEL = "'; reboot #" }
  }

  expect_failures = [var.settings]
}

run "settings_of_others_are_refused" {
  command = plan

  variables {
    settings = { LD_PRELOAD = "x" }
  }

  expect_failures = [var.settings]
}

run "a_load_balancer_in_one_zone_is_refused" {
  command = plan

  variables {
    load_balancer = { subnet_ids = ["subnet-0123456789abcdef1"], security_group_id = "sg-0123456789abcdef1" }
  }

  expect_failures = [var.load_balancer]
}

run "half_a_worker_is_refused" {
  command = plan

  variables {
    workers = 0.5
  }

  expect_failures = [var.workers]
}

run "values_out_of_bounds_are_refused" {
  command = plan

  variables {
    disk_gib          = 4
    image_id          = "latest"
    channel           = "a b"
    server_subnet_ids = []
    name              = "VocalBaby"
  }

  expect_failures = [var.disk_gib, var.image_id, var.channel, var.server_subnet_ids, var.name]
}
