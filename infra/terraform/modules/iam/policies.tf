# What each job may do, and no more. infra/tests/test_permissions.py holds every job to what
# it must be able to do and to what it must be refused.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  account    = "${local.partition}:%s:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  parameters = "arn:${format(local.account, "ssm")}:parameter${var.parameter_prefix}"
  groups     = "arn:${format(local.account, "autoscaling")}:autoScalingGroup:*:autoScalingGroupName/${var.name}-server"
  documents = {
    server     = data.aws_iam_policy_document.server.json
    drift      = data.aws_iam_policy_document.drift.json
    monitoring = data.aws_iam_policy_document.monitoring.json
    ci         = data.aws_iam_policy_document.ci.json
    release    = data.aws_iam_policy_document.release.json
    deploy     = data.aws_iam_policy_document.deploy.json
    session    = data.aws_iam_policy_document.session.json
  }
}

# Reads models, its release and its secrets; adds predictions to the log.
data "aws_iam_policy_document" "server" {
  statement {
    sid     = "ReadModelsReleasesAndDrift"
    actions = ["s3:GetObject"]
    resources = [
      "${var.bucket_arns.models}/*",
      "${var.bucket_arns.artifacts}/releases/*",
      "${var.bucket_arns.artifacts}/drift/*",
    ]
  }

  # Without it S3 calls a missing channel file, or the drift result before the first, forbidden.
  # No condition on a prefix: who asks for one key has none to send.
  statement {
    sid       = "ListModelsAndArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.models, var.bucket_arns.artifacts]
  }

  statement {
    sid       = "AddPredictions"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket_arns.logs}/predictions/*"]
  }

  statement {
    sid       = "ReadItsSecrets"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.parameters}/server/*"]
  }

  statement {
    sid       = "SayThatItIsReady"
    actions   = ["autoscaling:CompleteLifecycleAction"]
    resources = [local.groups]
  }

  source_policy_documents = concat([data.aws_iam_policy_document.pull.json], local.kms_documents)
}

# Compares the log with the model's reference, and leaves a report.
data "aws_iam_policy_document" "drift" {
  statement {
    sid     = "ReadModelsAndPredictions"
    actions = ["s3:GetObject"]
    resources = [
      "${var.bucket_arns.models}/*",
      "${var.bucket_arns.logs}/predictions/*",
      "${var.bucket_arns.artifacts}/releases/*",
    ]
  }

  statement {
    sid       = "ListModelsPredictionsAndReports"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.models, var.bucket_arns.logs, var.bucket_arns.artifacts]
  }

  statement {
    sid       = "WriteReports"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.artifacts}/drift/*"]
  }

  source_policy_documents = concat([data.aws_iam_policy_document.pull.json], local.kms_documents)
}

# Finds the servers, and reads its own configuration and secrets.
data "aws_iam_policy_document" "monitoring" {
  # Describing knows no resources: it is all or nothing, and it is names and addresses.
  statement {
    sid       = "FindServers"
    actions   = ["ec2:DescribeInstances", "ec2:DescribeAvailabilityZones"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadItsConfiguration"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.artifacts}/releases/*"]
  }

  statement {
    sid       = "ReadItsSecrets"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.parameters}/monitoring/*"]
  }

  source_policy_documents = concat([data.aws_iam_policy_document.pull.json], local.kms_documents)
}

# Keeps the pipeline's artifacts (DVC's remote), and nothing that is deployed.
data "aws_iam_policy_document" "ci" {
  statement {
    sid       = "KeepArtifacts"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.artifacts}/dvc/*"]
  }

  statement {
    sid       = "ListArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.artifacts]
  }

  source_policy_documents = local.kms_documents
}

# Pushes images, adds releases and models. Cannot replace, delete or deploy any.
data "aws_iam_policy_document" "release" {
  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = var.repository_arns
  }

  statement {
    sid       = "CompareWithWhatIsThere"
    actions   = ["s3:GetObject"]
    resources = local.written_once
  }

  statement {
    sid       = "ListModels"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.models]
  }

  # A request with If-None-Match creates an object and cannot replace one.
  statement {
    sid       = "AddReleasesAndModels"
    actions   = ["s3:PutObject"]
    resources = local.written_once

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  source_policy_documents = concat([data.aws_iam_policy_document.pull.json], local.kms_documents)
}

# Operators come by Session Manager: no SSH keys, no open port. AWS' own policy for it,
# AmazonSSMManagedInstanceCore, also opens every parameter of the account, secrets included.
data "aws_iam_policy_document" "session" {
  # checkov:skip=CKV_AWS_111:A session's channels have no ARN that could be named
  # checkov:skip=CKV_AWS_356:Nor have the other actions
  # None of these knows resources.
  statement {
    sid = "TalkToSessionManager"
    actions = [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "pull" {
  # The token says who asks; what it opens is in the next statement.
  statement {
    sid       = "SignInToECR"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "PullImages"
    actions = [
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = var.repository_arns
  }
}

data "aws_iam_policy_document" "kms" {
  count = var.kms_key_arn == null ? 0 : 1

  statement {
    sid       = "UseTheBucketsKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

locals {
  written_once  = ["${var.bucket_arns.artifacts}/releases/*", "${var.bucket_arns.models}/models/*"]
  kms_documents = data.aws_iam_policy_document.kms[*].json
}
