# A role per job: on an instance of its own profile, or in a GitHub workflow by OIDC.

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
  # In a token's subject both names are followed by their numbers where the repository is from
  # after 2026-07-15, or was renamed since.
  names    = split("/", local.repository)
  numbered = var.github_ids == null ? [] : ["${local.names[0]}@${var.github_ids.owner}/${local.names[1]}@${var.github_ids.repository}"]
  subjects = concat([local.repository], local.numbered)
  ref      = "refs/heads/${var.github_branch}"
  # Whose token each job accepts: that of the workflow of its name, as it stands on the branch.
  # GitHub names a job with an environment by that, so that its reviewers have been asked.
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
  # checkov:skip=CKV_AWS_358:The subject is among the dynamic conditions, which it does not see
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
  max_session_duration = each.key == "deploy" ? 7200 : 3600 # going back must still be possible
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each = local.github_jobs

  role       = aws_iam_role.github[each.key].name
  policy_arn = aws_iam_policy.this[each.key].arn
}
