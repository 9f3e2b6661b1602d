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
    error_message = "The example creates a bucket for models."
  }
}

run "three_private_buckets" {
  assert {
    condition     = toset(keys(output.bucket_names)) == toset(["models", "artifacts", "logs"])
    error_message = "The buckets are models, artifacts and logs."
  }

  assert {
    condition     = aws_s3_bucket.this["models"].bucket == "vocalbaby-test-models-123456789012"
    error_message = "The account id makes the names unique."
  }

  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "All public access is blocked."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_versioning.this : bucket.versioning_configuration[0].status == "Enabled"])
    error_message = "Every bucket is versioned."
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.bucket :
      document.statement[0].effect == "Deny" && one(document.statement[0].condition).variable == "aws:SecureTransport"
    ])
    error_message = "Every bucket denies requests without TLS."
  }

  assert {
    condition     = !aws_s3_bucket.this["models"].force_destroy
    error_message = "Buckets with objects are not destroyed by default."
  }
}

run "only_logs_expire" {
  variables {
    keep_days = { logs = 7 }
  }

  assert {
    condition     = [for bucket, settings in aws_s3_bucket_lifecycle_configuration.this : bucket if length(settings.rule) > 1] == ["logs"]
    error_message = "Current models and artifacts never expire."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this["logs"].rule[1].expiration[0].days == 7
    error_message = "Predictions expire after the given number of days."
  }

  assert {
    condition = {
      for bucket, settings in aws_s3_bucket_lifecycle_configuration.this :
      bucket => settings.rule[0].noncurrent_version_expiration[0].noncurrent_days
    } == { artifacts = 90, logs = 1, models = 90 }
    error_message = "Old versions of predictions expire after a day."
  }
}

run "own_key" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/example"
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this["models"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "Models are encrypted with the given key."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this["logs"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "The bucket for logs uses keys of S3, as load balancers require."
  }
}

run "rejects_a_suffix_with_dots" {
  command = plan

  variables {
    suffix = "a.b"
  }

  expect_failures = [var.suffix]
}

run "rejects_zero_days" {
  command = plan

  variables {
    keep_days = { replaced = 0 }
  }

  expect_failures = [var.keep_days]
}

run "rejects_a_name_with_capitals" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
