mock_provider "aws" {}

variables {
  name = "vocalbaby-test"
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = output.server_repository != null
    error_message = "The server has a repository."
  }
}

run "what_was_tested_is_what_runs" {
  assert {
    condition     = toset(keys(output.repository_urls)) == toset(["server", "drift"])
    error_message = "Both images have a repository."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push])
    error_message = "A tag is written once, and each image is scanned."
  }

  assert {
    condition     = alltrue([for policy in aws_ecr_lifecycle_policy.this : [for rule in jsondecode(policy.policy).rules : rule.selection.tagStatus] == ["untagged"]])
    error_message = "No image with a tag expires: it may be the one that runs."
  }
}

run "a_key_of_ones_own" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/example"
  }

  assert {
    condition     = aws_ecr_repository.this["server"].encryption_configuration[0].encryption_type == "KMS"
    error_message = "Images are encrypted with the key."
  }
}

run "no_repository_is_refused" {
  command = plan

  variables {
    repositories = []
  }

  expect_failures = [var.repositories]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
