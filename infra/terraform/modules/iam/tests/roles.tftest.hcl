# What the policies allow and refuse is tested on the policies themselves: infra/tests.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name             = "vocalbaby-test"
  parameter_prefix = "/vocalbaby-test"
  repository_arns  = ["arn:aws:ecr:eu-central-1:123456789012:repository/vocalbaby-test/server"]
  bucket_arns = {
    models    = "arn:aws:s3:::vocalbaby-test-models"
    artifacts = "arn:aws:s3:::vocalbaby-test-artifacts"
    logs      = "arn:aws:s3:::vocalbaby-test-logs"
  }
}

run "example" {
  module {
    source = "./examples/basic"
  }

  assert {
    condition     = toset(keys(output.github_role_arns)) == toset(["ci", "drift", "release", "deploy"])
    error_message = "Each workflow has a role of its own."
  }
}

run "without_github" {
  assert {
    condition     = length(aws_iam_role.github) == 0
    error_message = "Without a repository no workflow has a role."
  }

  assert {
    condition     = toset(keys(output.instance_profiles)) == toset(["server", "drift", "monitoring"])
    error_message = "Each job on an instance has a profile."
  }

  assert {
    condition     = toset([for key, attachment in aws_iam_role_policy_attachment.job : key if startswith(key, "server ")]) == toset(["server server", "server session"])
    error_message = "A server has its own policy and Session Manager's."
  }
}

run "one_repository" {
  variables {
    github_repository        = "example/vocalbaby"
    github_environment       = "staging"
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    state                    = { bucket = "vocalbaby-terraform", key = "staging/terraform.tfstate" }
  }

  assert {
    condition = jsonencode({
      for job, document in data.aws_iam_policy_document.github : job => flatten([
        for condition in one(document.statement).condition : condition.values if endswith(condition.variable, ":sub")
      ])
      }) == jsonencode({
      ci      = ["repo:example/vocalbaby:ref:refs/heads/main"]
      drift   = ["repo:example/vocalbaby:ref:refs/heads/main"]
      release = ["repo:example/vocalbaby:ref:refs/heads/main"]
      deploy  = ["repo:example/vocalbaby:environment:staging"]
    })
    error_message = "A role trusts one subject: the branch, or the environment with its reviewers."
  }

  assert {
    condition = alltrue([
      for job, document in data.aws_iam_policy_document.github : toset(flatten([
        for condition in one(document.statement).condition : condition.values
        if endswith(condition.variable, ":ref") || endswith(condition.variable, ":job_workflow_ref")
      ])) == toset(["refs/heads/main", "example/vocalbaby/.github/workflows/${job}.yml@refs/heads/main"])
    ])
    error_message = "A role trusts the workflow of its name on the branch."
  }

  assert {
    condition     = aws_iam_role.github["deploy"].max_session_duration == 7200
    error_message = "A deploy may renew the servers twice before its credentials expire."
  }

  assert {
    condition = alltrue(flatten([
      for job, document in data.aws_iam_policy_document.github : [
        for condition in one(document.statement).condition : condition.test == "StringEquals"
      ]
    ]))
    error_message = "Subjects are compared whole."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.state) == 1
    error_message = "The role that deploys may keep the state."
  }
}

run "a_repository_with_numbers" {
  variables {
    github_repository        = "example/vocalbaby"
    github_environment       = "staging"
    github_ids               = { owner = 123456, repository = 1234567890 }
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition = jsonencode({
      for job, document in data.aws_iam_policy_document.github : job => flatten([
        for condition in one(document.statement).condition : condition.values if endswith(condition.variable, ":sub")
      ]) if contains(["ci", "deploy"], job)
      }) == jsonencode({
      ci     = ["repo:example/vocalbaby:ref:refs/heads/main", "repo:example@123456/vocalbaby@1234567890:ref:refs/heads/main"]
      deploy = ["repo:example/vocalbaby:environment:staging", "repo:example@123456/vocalbaby@1234567890:environment:staging"]
    })
    error_message = "Both forms of the one subject are trusted, each whole."
  }
}

run "numbers_that_are_none_are_refused" {
  command = plan

  variables {
    github_ids = { owner = 0, repository = 1.5 }
  }

  expect_failures = [var.github_ids]
}

# The provider is the account's: an environment that made it would take it along when destroyed.
run "a_repository_without_the_accounts_provider_is_refused" {
  command = plan

  variables {
    github_repository = "example/vocalbaby"
  }

  expect_failures = [var.github_oidc_provider_arn]
}

run "a_branch_with_a_wildcard_is_refused" {
  command = plan

  variables {
    github_branch = "*"
  }

  expect_failures = [var.github_branch]
}

run "all_repositories_of_an_owner_are_refused" {
  command = plan

  variables {
    github_repository = "example/*"
  }

  expect_failures = [var.github_repository]
}

run "any_environment_is_refused" {
  command = plan

  variables {
    github_environment = "*"
  }

  expect_failures = [var.github_environment]
}

run "all_states_are_refused" {
  command = plan

  variables {
    state = { bucket = "vocalbaby-terraform", key = "*" }
  }

  expect_failures = [var.state]
}

run "a_prefix_with_a_slash_at_its_end_is_refused" {
  command = plan

  variables {
    parameter_prefix = "/vocalbaby-test/"
  }

  expect_failures = [var.parameter_prefix]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
