mock_provider "aws" {
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  region = "eu-central-1"
  bucket = "vocalbaby-terraform-123456789012"
}

run "the_first_of_an_account" {
  assert {
    condition     = output.github_oidc_provider_arn == one(aws_iam_openid_connect_provider.github[*].arn)
    error_message = "GitHub is trusted, and environments are told so."
  }
}

run "without_github" {
  variables {
    github = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == null
    error_message = "Nobody else is trusted."
  }
}

run "the_second_of_an_account" {
  variables {
    region                   = "eu-west-1"
    bucket                   = "vocalbaby-terraform-123456789012-west"
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == var.github_oidc_provider_arn
    error_message = "An account has GitHub's provider once; environments are told the one that there is."
  }
}

run "another_provider_is_refused" {
  command = plan

  variables {
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }

  expect_failures = [var.github_oidc_provider_arn]
}

run "a_bucket_with_capitals_is_refused" {
  command = plan

  variables {
    bucket = "VocalBaby"
  }

  expect_failures = [var.bucket]
}
