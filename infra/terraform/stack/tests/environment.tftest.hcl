mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
}

variables {
  environment     = "test"
  zones           = ["eu-central-1a", "eu-central-1b"]
  server_artifact = null
  monitoring      = null
}

run "first_apply_without_servers" {
  assert {
    condition     = length(module.compute) + length(module.monitoring) == 0 && toset(keys(output.bucket_names)) == toset(["models", "artifacts", "logs"])
    error_message = "The buckets exist, and there are no instances."
  }

  assert {
    condition     = output.load_balancer_dns_name == null && output.monitoring_instance_id == null
    error_message = "Outputs of missing resources are null."
  }

  assert {
    condition     = output.parameter_prefix == "/vocalbaby-test"
    error_message = "Without a suffix names have the name of the environment only."
  }
}

run "whole_environment" {
  variables {
    state_bucket  = "vocalbaby-terraform"
    load_balancer = {}

    server_artifact = {
      kind   = "pex"
      uri    = "s3://a/releases/0.1.0/server.pex"
      sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
    monitoring = {
      configuration = { uri = "s3://a/monitoring.tar.gz", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
      drift         = { uri = "s3://a/drift.pex", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
      programs = {
        prometheus   = { uri = "s3://a/prometheus.tar.gz", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
        alertmanager = { uri = "s3://a/alertmanager.tar.gz", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
      }
    }
  }

  assert {
    condition     = strcontains(output.monitoring_user_data, "SERVERS='${output.autoscaling_group_name}'")
    error_message = "Prometheus discovers the servers of this environment."
  }

  assert {
    condition     = strcontains(output.user_data, "KEYS_PARAMETER='${output.parameter_prefix}/server/api-keys'")
    error_message = "The servers read their keys from the path in the output."
  }

  assert {
    condition     = strcontains(output.user_data, "VOCALBABY_API__STORE=s3://${output.bucket_names.models}")
    error_message = "The servers use the models of this environment."
  }

  assert {
    condition     = strcontains(output.user_data, "VOCALBABY_API__FORWARDED_ALLOW_IPS=${join(",", module.networking.public_cidr_blocks)}")
    error_message = "The servers trust the public subnets, which hold the load balancer only."
  }
}

run "second_instance_with_a_suffix" {
  variables {
    name_suffix   = "west"
    load_balancer = {}

    server_artifact = {
      kind   = "pex"
      uri    = "s3://a/releases/0.1.0/server.pex"
      sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }

  assert {
    condition     = output.autoscaling_group_name == "vocalbaby-test-west-server"
    error_message = "The servers of the second instance have the suffix in their names."
  }

  assert {
    condition     = output.parameter_prefix == "/vocalbaby-test-west" && strcontains(output.user_data, "KEYS_PARAMETER='/vocalbaby-test-west/server/api-keys'")
    error_message = "The path of the keys has the suffix, and the servers use it."
  }
}

run "rejects_a_suffix_with_other_characters" {
  command = plan

  variables {
    name_suffix = "eu-west-1"
  }

  expect_failures = [var.name_suffix]
}

run "rejects_a_suffix_too_long_for_a_load_balancer_name" {
  command = plan

  variables {
    environment = "production"
    name_suffix = "lost2"
  }

  expect_failures = [var.name_suffix]
}

run "rejects_a_long_name" {
  command = plan

  variables {
    environment = "Test-1"
  }

  expect_failures = [var.environment]
}
