# One role per job. A job runs on an instance with an instance profile, or in a GitHub workflow that
# signs in by OIDC.

locals {
  instance_jobs = toset(["server", "drift", "monitoring"])
  # The monitoring instance also runs the scheduled drift job.
  instance_policies = {
    server     = ["server", "session"]
    drift      = ["drift", "session"]
    monitoring = ["monitoring", "drift", "session"]
  }
  attached = merge([
    for job, policies in local.instance_policies : {
      for policy in policies : "${job} ${policy}" => { role = job, policy = policy }
    }
  ]...)

  repository = coalesce(var.github_repository, "nobody/nothing")
  # If the repository was created or renamed after 2026-07-15, the subject of a token has the ids of
  # owner and repository after their names.
  names    = split("/", local.repository)
  numbered = var.github_ids == null ? [] : ["${local.names[0]}@${var.github_ids.owner}/${local.names[1]}@${var.github_ids.repository}"]
  subjects = concat([local.repository], local.numbered)
  ref      = "refs/heads/${var.github_branch}"
  # Each role trusts the tokens of the workflow with its name on the branch. The subject of a job with
  # a GitHub environment names the environment, whose reviewers have then approved the job.
  github_jobs = var.github_repository == null ? {} : {
    for job in ["ci", "drift", "release", "deploy"] : job => {
      sub              = [for of in local.subjects : "repo:${of}:${job == "deploy" ? "environment:${var.github_environment}" : "ref:${local.ref}"}"]
      ref              = [local.ref]
      job_workflow_ref = ["${local.repository}/.github/workflows/${job}.yml@${local.ref}"]
    }
  }
}

resource "aws_iam_policy" "this" {
  for_each = local.documents

  name   = "${var.name}-${each.key}"
  policy = each.value
}

data "aws_iam_policy_document" "instance" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "instance" {
  for_each = local.instance_jobs

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.instance.json
}

resource "aws_iam_instance_profile" "this" {
  for_each = local.instance_jobs

  name = "${var.name}-${each.key}"
  role = aws_iam_role.instance[each.key].name
}

resource "aws_iam_role_policy_attachment" "job" {
  for_each = local.attached

  role       = aws_iam_role.instance[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}

data "aws_iam_policy_document" "github" {
  # checkov:skip=CKV_AWS_358:The check does not see the subject among the dynamic conditions
  for_each = local.github_jobs

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.github_oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = each.value

      content {
        test     = "StringEquals"
        variable = "token.actions.githubusercontent.com:${condition.key}"
        values   = condition.value
      }
    }
  }
}

resource "aws_iam_role" "github" {
  for_each = local.github_jobs

  name                 = "${var.name}-github-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.github[each.key].json
  max_session_duration = each.key == "deploy" ? 7200 : 3600 # enough for a deploy and its rollback
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each = local.github_jobs

  role       = aws_iam_role.github[each.key].name
  policy_arn = aws_iam_policy.this[each.key].arn
}
