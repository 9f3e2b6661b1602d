mock_provider "aws" {
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  region = "eu-central-1"
  bucket = "vocalbaby-terraform-123456789012"
}

run "first_bootstrap_of_an_account" {
  assert {
    condition     = output.github_oidc_provider_arn == one(aws_iam_openid_connect_provider.github[*].arn)
    error_message = "The bootstrap creates GitHub's OIDC provider and returns its ARN."
  }
}

run "without_github" {
  variables {
    github = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == null
    error_message = "Without GitHub there is no OIDC provider."
  }
}

run "second_bootstrap_of_an_account" {
  variables {
    region                   = "eu-west-1"
    bucket                   = "vocalbaby-terraform-123456789012-west"
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == var.github_oidc_provider_arn
    error_message = "The existing OIDC provider is used, and its ARN is returned."
  }
}

run "rejects_another_provider" {
  command = plan

  variables {
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }

  expect_failures = [var.github_oidc_provider_arn]
}

run "rejects_a_bucket_name_with_capitals" {
  command = plan

  variables {
    bucket = "VocalBaby"
  }

  expect_failures = [var.bucket]
}
