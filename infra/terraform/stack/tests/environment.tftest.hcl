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

run "the_first_apply_makes_no_instances" {
  assert {
    condition     = length(module.compute) + length(module.monitoring) == 0 && toset(keys(output.bucket_names)) == toset(["models", "artifacts", "logs"])
    error_message = "There are buckets to release to, and nothing runs yet."
  }

  assert {
    condition     = output.load_balancer_dns_name == null && output.monitoring_instance_id == null
    error_message = "What there is not has no name."
  }

  assert {
    condition     = output.parameter_prefix == "/vocalbaby-test"
    error_message = "Without a suffix names end with the environment's."
  }
}

run "the_whole" {
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
    error_message = "Prometheus looks for the servers that there are."
  }

  assert {
    condition     = strcontains(output.user_data, "KEYS_PARAMETER='${output.parameter_prefix}/server/api-keys'")
    error_message = "The servers' keys stand where the output says."
  }

  assert {
    condition     = strcontains(output.user_data, "VOCALBABY_API__STORE=s3://${output.bucket_names.models}")
    error_message = "The servers follow this environment's models."
  }
}

run "another_instance_beside_it" {
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
    error_message = "Servers have names of their own."
  }

  assert {
    condition     = output.parameter_prefix == "/vocalbaby-test-west" && strcontains(output.user_data, "KEYS_PARAMETER='/vocalbaby-test-west/server/api-keys'")
    error_message = "So have the keys, and servers know it."
  }
}

run "a_suffix_of_other_characters_is_refused" {
  command = plan

  variables {
    name_suffix = "eu-west-1"
  }

  expect_failures = [var.name_suffix]
}

run "a_suffix_that_a_load_balancers_name_has_no_place_for_is_refused" {
  command = plan

  variables {
    environment = "production"
    name_suffix = "lost2"
  }

  expect_failures = [var.name_suffix]
}

run "a_long_name_is_refused" {
  command = plan

  variables {
    environment = "Test-1"
  }

  expect_failures = [var.environment]
}
