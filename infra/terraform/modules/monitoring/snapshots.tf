# The role of Data Lifecycle Manager. It may create snapshots of this volume, and delete these only.
# The managed policy of AWS would allow it to delete every snapshot in the account.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  snapshots = "arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.id}::snapshot/*"
}

data "aws_iam_policy_document" "snapshots_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["dlm.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "snapshots" {
  # Describe actions do not support resource-level permissions.
  statement {
    sid       = "FindVolumeAndSnapshots"
    actions   = ["ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"]
    resources = ["*"]
  }

  # The volume limits the action. The new snapshot has no tags yet.
  statement {
    sid       = "TakeSnapshots"
    actions   = ["ec2:CreateSnapshot"]
    resources = [aws_ebs_volume.data.arn, local.snapshots]
  }

  statement {
    sid       = "NameSnapshots"
    actions   = ["ec2:CreateTags"]
    resources = [local.snapshots]
  }

  statement {
    sid       = "DeleteItsOldSnapshots"
    actions   = ["ec2:DeleteSnapshot"]
    resources = [local.snapshots]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Name"
      values   = [local.data_name]
    }
  }
}

resource "aws_iam_role" "snapshots" {
  name               = "${var.name}-monitoring-snapshots"
  assume_role_policy = data.aws_iam_policy_document.snapshots_assume.json
}

resource "aws_iam_role_policy" "snapshots" {
  name   = "snapshots"
  role   = aws_iam_role.snapshots.id
  policy = data.aws_iam_policy_document.snapshots.json
}
