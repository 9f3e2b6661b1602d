mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name = "vocalbaby-test"
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = startswith(output.store, "s3://")
    error_message = "The store is in S3."
  }
}

run "three_closed_buckets" {
  assert {
    condition     = toset(keys(output.bucket_names)) == toset(["models", "artifacts", "logs"])
    error_message = "There are models, artifacts and logs."
  }

  assert {
    condition     = aws_s3_bucket.this["models"].bucket == "vocalbaby-test-models-123456789012"
    error_message = "The account's number makes the names unique."
  }

  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "No bucket is public."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_versioning.this : bucket.versioning_configuration[0].status == "Enabled"])
    error_message = "Every bucket keeps versions."
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.bucket :
      document.statement[0].effect == "Deny" && one(document.statement[0].condition).variable == "aws:SecureTransport"
    ])
    error_message = "Every bucket refuses requests without TLS."
  }

  assert {
    condition     = !aws_s3_bucket.this["models"].force_destroy
    error_message = "Destroying does not delete data."
  }
}

run "only_logs_expire" {
  variables {
    keep_days = { logs = 7 }
  }

  assert {
    condition     = [for bucket, settings in aws_s3_bucket_lifecycle_configuration.this : bucket if length(settings.rule) > 1] == ["logs"]
    error_message = "Models and artifacts stay."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this["logs"].rule[1].expiration[0].days == 7
    error_message = "Predictions expire when they were told to."
  }

  assert {
    condition = {
      for bucket, settings in aws_s3_bucket_lifecycle_configuration.this :
      bucket => settings.rule[0].noncurrent_version_expiration[0].noncurrent_days
    } == { artifacts = 90, logs = 1, models = 90 }
    error_message = "No version of a prediction outlives it by more than a day."
  }
}

run "a_key_of_ones_own" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/example"
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this["models"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "Models are encrypted with the key."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this["logs"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "The load balancer can write to S3's own keys only."
  }
}

run "a_suffix_with_dots_is_refused" {
  command = plan

  variables {
    suffix = "a.b"
  }

  expect_failures = [var.suffix]
}

run "no_days_are_refused" {
  command = plan

  variables {
    keep_days = { replaced = 0 }
  }

  expect_failures = [var.keep_days]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
