# The permissions of each job. infra/tests/test_permissions.py compares them with a table of all
# allowed and denied actions.

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

# The service reads models, its release and its secrets, and writes predictions.
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

  # Without this permission S3 answers 403 instead of 404 for a channel or drift result that does not
  # exist yet. There is no condition on a prefix, because requests for a single key have none.
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
    sid       = "CompleteLaunch"
    actions   = ["autoscaling:CompleteLifecycleAction"]
    resources = [local.groups]
  }

  source_policy_documents = concat([data.aws_iam_policy_document.pull.json], local.kms_documents)
}

# The drift job reads models and predictions, and writes reports.
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

# The monitoring instance discovers the servers, and reads its configuration and secrets.
data "aws_iam_policy_document" "monitoring" {
  # Describe actions do not support resource-level permissions.
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

# The workflow ci reads and writes the DVC remote. It cannot change anything that is deployed.
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

# The workflow release adds images, releases and models. It cannot replace, delete or deploy them.
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
    sid       = "ReadPublishedObjects"
    actions   = ["s3:GetObject"]
    resources = local.written_once
  }

  statement {
    sid       = "ListModels"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.models]
  }

  # A request with If-None-Match can create an object but not replace one.
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

# Operators connect with Session Manager, without SSH keys or open ports. The managed policy
# AmazonSSMManagedInstanceCore would also give access to every parameter of the account.
data "aws_iam_policy_document" "session" {
  # checkov:skip=CKV_AWS_111:Session channels have no ARN
  # checkov:skip=CKV_AWS_356:The other actions do not support resources either
  # These actions do not support resource-level permissions.
  statement {
    sid = "UseSessionManager"
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
  # The token only identifies the caller; the next statement grants access.
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
