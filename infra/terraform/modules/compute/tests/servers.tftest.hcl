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
    error_message = "The example creates a group of servers."
  }
}

run "single_server" {
  assert {
    condition     = aws_autoscaling_group.server.min_size == 1 && aws_autoscaling_group.server.max_size == 2
    error_message = "A single server is a group of one, with room for its successor."
  }

  assert {
    condition     = aws_autoscaling_group.server.health_check_type == "EC2" && length(aws_lb.this) == 0
    error_message = "Without a load balancer EC2 checks the health of the server."
  }

  assert {
    condition     = aws_launch_template.server.metadata_options[0].http_tokens == "required" && aws_launch_template.server.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The metadata service requires IMDSv2 and is reachable from the instance only."
  }

  assert {
    condition     = tobool(aws_launch_template.server.block_device_mappings[0].ebs[0].encrypted)
    error_message = "The disk is encrypted."
  }

  assert {
    condition     = base64decode(aws_launch_template.server.user_data) == output.user_data
    error_message = "The output is the user data of the instances."
  }

  assert {
    condition     = length(base64encode(output.user_data)) < 16384
    error_message = "EC2 limits user data to 16 KiB."
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
    error_message = "The user data have the release, the group, the keys and the buckets."
  }

  assert {
    condition     = [for hook in aws_autoscaling_group.server.initial_lifecycle_hook : "${hook.name} ${hook.default_result}"] == ["ready ABANDON"]
    error_message = "A server that does not complete the lifecycle action is terminated."
  }
}

run "tags" {
  variables {
    tags = { Project = "vocalbaby" }
  }

  # infra/tests/test_permissions.py: the deploy role may change only the template with this name.
  assert {
    condition     = aws_launch_template.server.tags == tomap({ Name = "vocalbaby-test-server" })
    error_message = "The template has the name by which the deploy role may change it."
  }

  assert {
    condition = alltrue([
      for of in aws_launch_template.server.tag_specifications :
      of.tags == tomap({ Name = "vocalbaby-test-server", Role = "server", Project = "vocalbaby" })
    ]) && [for of in aws_launch_template.server.tag_specifications : of.resource_type] == ["instance", "volume"]
    error_message = "Instances and their disks have the tags of the environment."
  }

  assert {
    condition     = { for tag in aws_autoscaling_group.server.tag : tag.key => tag.value if tag.propagate_at_launch } == { Name = "vocalbaby-test-server", Role = "server", Project = "vocalbaby" }
    error_message = "The group has the same tags and applies them to new instances."
  }
}

run "new_servers_start_first" {
  assert {
    condition     = [for policy in aws_autoscaling_group.server.instance_maintenance_policy : "${policy.min_healthy_percentage} ${policy.max_healthy_percentage}"] == ["100 200"]
    error_message = "A server is replaced only after its successor has started."
  }

  assert {
    condition     = length(aws_autoscaling_group.server.instance_refresh[0].preferences) == 0 && aws_autoscaling_group.server.default_instance_warmup == 30
    error_message = "A refresh by Terraform has no preferences that override the policy of the group."
  }
}

run "several_servers_behind_tls" {
  variables {
    auto_scaling = { min = 2, max = 6 }
    load_balancer = {
      subnet_ids        = ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
      security_group_id = "sg-0123456789abcdef1"
      cidr_blocks       = ["10.0.0.0/20", "10.0.16.0/20"]
      certificate_arn   = "arn:aws:acm:eu-central-1:123456789012:certificate/example"
    }
  }

  assert {
    condition     = aws_autoscaling_group.server.health_check_type == "ELB"
    error_message = "The load balancer checks the health of the servers."
  }

  assert {
    condition     = [for policy in aws_autoscaling_group.server.instance_maintenance_policy : "${policy.min_healthy_percentage} ${policy.max_healthy_percentage}"] == ["100 150"]
    error_message = "All servers stay until their successors are ready."
  }

  assert {
    condition     = strcontains(output.user_data, "\nVOCALBABY_API__FORWARDED_ALLOW_IPS=10.0.0.0/20,10.0.16.0/20\n")
    error_message = "Servers take the addresses of clients from the load balancer."
  }

  assert {
    condition     = aws_lb.this[0].idle_timeout < tonumber(regex("VOCALBABY_API__KEEP_ALIVE_SECONDS=(\\d+)", output.user_data)[0])
    error_message = "Servers keep idle connections open longer than the load balancer."
  }

  assert {
    condition     = aws_autoscaling_policy.cpu[0].target_tracking_configuration[0].target_value == 60
    error_message = "The group scales to the target CPU utilization."
  }

  assert {
    condition     = length(aws_lb_listener.https) == 1 && aws_lb_listener.redirect[0].default_action[0].redirect[0].protocol == "HTTPS" && length(aws_lb_listener.http) == 0
    error_message = "With a certificate HTTP is redirected to HTTPS."
  }

  assert {
    condition     = aws_lb.this[0].enable_deletion_protection
    error_message = "The load balancer is protected from deletion by default."
  }
}

run "image" {
  variables {
    artifact = {
      kind = "image"
      uri  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/vocalbaby-test/server@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }

  assert {
    condition     = aws_launch_template.server.metadata_options[0].http_put_response_hop_limit == 2
    error_message = "A container reaches the metadata service with two hops."
  }
}

run "rejects_an_image_tag" {
  command = plan

  variables {
    artifact = { kind = "image", uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/vocalbaby-test/server:latest" }
  }

  expect_failures = [var.artifact]
}

run "rejects_a_pex_without_checksum" {
  command = plan

  variables {
    artifact = { kind = "pex", uri = "s3://vocalbaby-test-artifacts/releases/0.1.0/server.pex" }
  }

  expect_failures = [var.artifact]
}

run "rejects_a_minimum_above_the_maximum" {
  command = plan

  variables {
    auto_scaling = { min = 3, max = 2 }
  }

  expect_failures = [var.auto_scaling]
}

run "rejects_settings_with_quotes" {
  command = plan

  variables {
    settings = { VOCALBABY_API__CHANNEL = "'; reboot #" }
  }

  expect_failures = [var.settings]
}

run "rejects_settings_of_other_programs" {
  command = plan

  variables {
    settings = { LD_PRELOAD = "x" }
  }

  expect_failures = [var.settings]
}

run "rejects_a_load_balancer_in_one_zone" {
  command = plan

  variables {
    load_balancer = { subnet_ids = ["subnet-0123456789abcdef1"], security_group_id = "sg-0123456789abcdef1" }
  }

  expect_failures = [var.load_balancer]
}

run "rejects_a_fractional_number_of_workers" {
  command = plan

  variables {
    workers = 0.5
  }

  expect_failures = [var.workers]
}

run "rejects_values_out_of_range" {
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
