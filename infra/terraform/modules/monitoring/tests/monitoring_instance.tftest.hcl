mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-0123456789abcdef0"] }
  }

  mock_data "aws_subnet" {
    defaults = { availability_zone = "eu-central-1a" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name              = "vocalbaby-test"
  subnet_id         = "subnet-0123456789abcdef0"
  security_group_id = "sg-0123456789abcdef0"
  instance_profile  = "vocalbaby-test-monitoring"
  server_tag        = "vocalbaby-test-server"
  parameter_prefix  = "/vocalbaby-test"
  models_bucket     = "vocalbaby-test-models"
  logs_bucket       = "vocalbaby-test-logs"
  artifacts_bucket  = "vocalbaby-test-artifacts"

  configuration = {
    uri    = "s3://vocalbaby-test-artifacts/releases/0.1.0/monitoring.tar.gz"
    sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
  drift = {
    uri    = "s3://vocalbaby-test-artifacts/releases/0.1.0/drift.pex"
    sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
  programs = {
    prometheus = {
      uri    = "s3://vocalbaby-test-artifacts/releases/programs/prometheus.tar.gz"
      sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
    alertmanager = {
      uri    = "s3://vocalbaby-test-artifacts/releases/programs/alertmanager.tar.gz"
      sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = toset(keys(output.port_forwarding)) == toset(["grafana", "prometheus", "alertmanager"])
    error_message = "All three programs can be reached through Session Manager."
  }
}

run "no_access_from_outside" {
  assert {
    condition     = aws_instance.this.metadata_options[0].http_tokens == "required" && aws_instance.this.root_block_device[0].encrypted && aws_ebs_volume.data.encrypted
    error_message = "The instance requires IMDSv2, and its disk is encrypted."
  }

  assert {
    condition     = !strcontains(output.user_data, "0.0.0.0")
    error_message = "No program listens on all addresses."
  }

  assert {
    condition     = base64decode(aws_instance.this.user_data_base64) == output.user_data
    error_message = "The output is the user data of the instance."
  }

  assert {
    condition     = length(base64encode(output.user_data)) < 16384
    error_message = "EC2 limits user data to 16 KiB."
  }

  assert {
    condition = alltrue([for line in [
      "#!/bin/bash",
      "SERVERS='vocalbaby-test-server'",
      "prometheus s3://vocalbaby-test-artifacts/releases/programs/prometheus.tar.gz 0123456789abcdef",
      "CONFIGURATION_SHA256='0123456789abcdef",
      "VOCALBABY_DRIFT__LOG=s3://vocalbaby-test-logs/predictions",
      "VOCALBABY_DRIFT__STORE=s3://vocalbaby-test-models",
      "VOCALBABY_DRIFT__OUT=s3://vocalbaby-test-artifacts/drift",
      "DRIFT_SCHEDULE='*-*-* 04:17:00'",
      "RETENTION_MB='16384'",
    ] : strcontains(output.user_data, line)])
    error_message = "The user data have the releases, the servers and the settings of the drift job."
  }
}

run "changed_configuration" {
  variables {
    configuration = {
      uri    = "s3://vocalbaby-test-artifacts/releases/0.2.0/monitoring.tar.gz"
      sha256 = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
    }
  }

  assert {
    condition     = aws_instance.this.id != run.no_access_from_outside.instance_id
    error_message = "A changed configuration replaces the instance."
  }

  assert {
    condition     = aws_ebs_volume.data.id == run.no_access_from_outside.data_volume_id
    error_message = "The volume with the metrics stays."
  }
}

run "final_snapshot" {
  assert {
    condition     = aws_ebs_volume.data.final_snapshot
    error_message = "A final snapshot is taken before the volume is deleted."
  }
}

run "daily_snapshots" {
  assert {
    condition = (
      one(aws_dlm_lifecycle_policy.data.policy_details).target_tags == tomap({ Name = aws_ebs_volume.data.tags.Name })
      && aws_dlm_lifecycle_policy.data.state == "ENABLED"
    )
    error_message = "The schedule applies to this volume only."
  }

  assert {
    condition = alltrue([
      for schedule in one(aws_dlm_lifecycle_policy.data.policy_details).schedule :
      one(schedule.create_rule).interval == 24 && one(schedule.retain_rule).count == 7 && schedule.copy_tags
    ])
    error_message = "A snapshot is taken daily, seven are kept, and they have the tags of the volume."
  }

  assert {
    condition     = aws_dlm_lifecycle_policy.data.execution_role_arn == aws_iam_role.snapshots.arn
    error_message = "The schedule uses the role for this volume."
  }
}

run "rejects_a_snapshot_for_an_existing_volume" {
  command = plan

  variables {
    data_snapshot_id = "snap-0123456789abcdef0"
  }

  expect_failures = [aws_ebs_volume.data]
}

run "rejects_programs_without_prometheus" {
  command = plan

  variables {
    programs = {}
  }

  expect_failures = [var.programs]
}

run "rejects_an_archive_outside_s3" {
  command = plan

  variables {
    programs = {
      prometheus   = { uri = "https://example.org/prometheus.tar.gz", sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
      alertmanager = { uri = "s3://a/alertmanager.tar.gz", sha256 = "short" }
    }
  }

  expect_failures = [var.programs]
}

run "rejects_releases_without_checksum" {
  command = plan

  variables {
    configuration = { uri = "s3://a/monitoring.tar.gz", sha256 = "" }
    drift         = { uri = "s3://a/drift.pex", sha256 = "" }
  }

  expect_failures = [var.configuration, var.drift]
}

run "rejects_values_out_of_range" {
  command = plan

  variables {
    name             = "VocalBaby"
    image_id         = "latest"
    server_tag       = "a|b"
    metrics_port     = 80
    channel          = "a b"
    drift_schedule   = "daily'"
    parameter_prefix = "vocalbaby/"
    retention_days   = 0
    data_gib         = 1
    data_device      = "/dev/xvda"
    data_snapshot_id = "latest"
    keep_snapshots   = 1.5
  }

  expect_failures = [
    var.name, var.image_id, var.server_tag, var.metrics_port, var.channel, var.drift_schedule,
    var.parameter_prefix, var.retention_days, var.data_gib, var.data_device,
    var.data_snapshot_id, var.keep_snapshots,
  ]
}
