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
    error_message = "The example creates a repository for the server."
  }
}

run "immutable_tags" {
  assert {
    condition     = toset(keys(output.repository_urls)) == toset(["server", "drift"])
    error_message = "Both images have a repository."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push])
    error_message = "Tags are immutable, and each image is scanned."
  }

  assert {
    condition     = alltrue([for policy in aws_ecr_lifecycle_policy.this : [for rule in jsondecode(policy.policy).rules : rule.selection.tagStatus] == ["untagged"]])
    error_message = "Only images without a tag expire."
  }
}

run "own_key" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/example"
  }

  assert {
    condition     = aws_ecr_repository.this["server"].encryption_configuration[0].encryption_type == "KMS"
    error_message = "Images are encrypted with the given key."
  }
}

run "rejects_an_empty_set" {
  command = plan

  variables {
    repositories = []
  }

  expect_failures = [var.repositories]
}

run "rejects_a_name_with_capitals" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
