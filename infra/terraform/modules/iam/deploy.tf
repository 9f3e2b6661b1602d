# The deploy role may move channels, and deploy a release to the servers of this environment with
#   terraform apply -refresh=false -target=module.stack.module.compute
# It may change the launch template and the group of the servers. It may not change networks, buckets
# or roles, and may not read predictions.

data "aws_iam_policy_document" "deploy" {
  statement {
    sid       = "ReadModels"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.models}/*"]
  }

  statement {
    sid       = "MoveChannels"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket_arns.models}/channels/*"]
  }

  statement {
    sid       = "ReadReleases"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.artifacts}/releases/*"]
  }

  statement {
    sid       = "ListModels"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.models]
  }

  statement {
    sid = "RenewServers"
    actions = [
      "autoscaling:CancelInstanceRefresh",
      "autoscaling:RollbackInstanceRefresh",
      "autoscaling:StartInstanceRefresh",
      "autoscaling:UpdateAutoScalingGroup",
    ]
    resources = [local.groups]
  }

  statement {
    sid       = "UpdateServerTemplate"
    actions   = ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"]
    resources = [local.launch_templates]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Name"
      values   = ["${var.name}-server"]
    }
  }

  # Updating the template version of a group requires permission to start instances from it. The
  # role may only start instances from the template with this name.
  statement {
    sid       = "StartServersFromTheirTemplate"
    actions   = ["ec2:RunInstances"]
    resources = [local.launch_templates]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Name"
      values   = ["${var.name}-server"]
    }
  }

  statement {
    sid     = "StartServersWithTheTemplateOnly"
    actions = ["ec2:RunInstances"]
    resources = concat(
      [for kind in ["instance", "network-interface", "security-group", "subnet", "volume"] : "arn:${format(local.account, "ec2")}:${kind}/*"],
      ["arn:${local.partition}:ec2:${data.aws_region.current.id}::image/*"],
    )

    condition {
      test     = "ArnLike"
      variable = "ec2:LaunchTemplate"
      values   = [local.launch_templates]
    }
  }

  # Tags may only be set on new instances, so that no other resource can be tagged as a server.
  statement {
    sid       = "TagNewInstances"
    actions   = ["ec2:CreateTags"]
    resources = [for kind in ["instance", "volume"] : "arn:${format(local.account, "ec2")}:${kind}/*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["RunInstances"]
    }
  }

  statement {
    sid       = "PassTheServerRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.instance["server"].arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com"]
    }
  }

  statement {
    sid       = "FindAmazonLinux"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${local.partition}:ssm:${data.aws_region.current.id}::parameter/aws/service/ami-amazon-linux-latest/*"]
  }

  # Describe actions do not support resource-level permissions.
  statement {
    sid = "WatchTheRollout"
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeInstanceRefreshes",
      "autoscaling:DescribeScalingActivities",
      "cloudwatch:GetMetricData",
      "ec2:DescribeInstances",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLaunchTemplates",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }

  source_policy_documents = concat(data.aws_iam_policy_document.state[*].json, local.kms_documents)
}

# The Terraform state of this environment and its lock.
data "aws_iam_policy_document" "state" {
  count = var.state == null ? 0 : 1

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${var.state.bucket}"]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [var.state.key, "${var.state.key}.tflock", "env:/"]
    }
  }

  statement {
    sid     = "KeepState"
    actions = ["s3:GetObject", "s3:PutObject"]
    resources = [
      "arn:${local.partition}:s3:::${var.state.bucket}/${var.state.key}",
      "arn:${local.partition}:s3:::${var.state.bucket}/${var.state.key}.tflock",
    ]
  }

  statement {
    sid       = "Unlock"
    actions   = ["s3:DeleteObject"]
    resources = ["arn:${local.partition}:s3:::${var.state.bucket}/${var.state.key}.tflock"]
  }
}

locals {
  launch_templates = "arn:${format(local.account, "ec2")}:launch-template/*"
}
