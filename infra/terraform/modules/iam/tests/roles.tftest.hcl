# infra/tests evaluates what the policies allow and deny.

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
    error_message = "Each workflow has a separate role."
  }
}

run "without_github" {
  assert {
    condition     = length(aws_iam_role.github) == 0
    error_message = "Without a repository there are no roles for workflows."
  }

  assert {
    condition     = toset(keys(output.instance_profiles)) == toset(["server", "drift", "monitoring"])
    error_message = "Each job on an instance has an instance profile."
  }

  assert {
    condition     = toset([for key, attachment in aws_iam_role_policy_attachment.job : key if startswith(key, "server ")]) == toset(["server server", "server session"])
    error_message = "The server role has its own policy and that of Session Manager."
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
    error_message = "Each role trusts one subject: the branch, or the GitHub environment."
  }

  assert {
    condition = alltrue([
      for job, document in data.aws_iam_policy_document.github : toset(flatten([
        for condition in one(document.statement).condition : condition.values
        if endswith(condition.variable, ":ref") || endswith(condition.variable, ":job_workflow_ref")
      ])) == toset(["refs/heads/main", "example/vocalbaby/.github/workflows/${job}.yml@refs/heads/main"])
    ])
    error_message = "Each role trusts the workflow with its name on the branch."
  }

  assert {
    condition     = aws_iam_role.github["deploy"].max_session_duration == 7200
    error_message = "The session of the deploy role is long enough for a deploy and its rollback."
  }

  assert {
    condition = alltrue(flatten([
      for job, document in data.aws_iam_policy_document.github : [
        for condition in one(document.statement).condition : condition.test == "StringEquals"
      ]
    ]))
    error_message = "Subjects are compared for equality."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.state) == 1
    error_message = "The deploy role may write the state."
  }
}

run "repository_with_ids" {
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
    error_message = "Both forms of the subject are trusted, and compared for equality."
  }
}

run "rejects_invalid_ids" {
  command = plan

  variables {
    github_ids = { owner = 0, repository = 1.5 }
  }

  expect_failures = [var.github_ids]
}

# The provider belongs to the account: if an environment created it, destroying the environment would
# delete it for all others.
run "rejects_a_repository_without_oidc_provider" {
  command = plan

  variables {
    github_repository = "example/vocalbaby"
  }

  expect_failures = [var.github_oidc_provider_arn]
}

run "rejects_a_branch_with_a_wildcard" {
  command = plan

  variables {
    github_branch = "*"
  }

  expect_failures = [var.github_branch]
}

run "rejects_all_repositories_of_an_owner" {
  command = plan

  variables {
    github_repository = "example/*"
  }

  expect_failures = [var.github_repository]
}

run "rejects_all_environments" {
  command = plan

  variables {
    github_environment = "*"
  }

  expect_failures = [var.github_environment]
}

run "rejects_all_states" {
  command = plan

  variables {
    state = { bucket = "vocalbaby-terraform", key = "*" }
  }

  expect_failures = [var.state]
}

run "rejects_a_prefix_with_a_trailing_slash" {
  command = plan

  variables {
    parameter_prefix = "/vocalbaby-test/"
  }

  expect_failures = [var.parameter_prefix]
}

run "rejects_a_name_with_capitals" {
  command = plan

  variables {
    name = "VocalBaby"
  }

  expect_failures = [var.name]
}
