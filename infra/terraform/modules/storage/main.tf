# Three buckets: models (bundles and channel files), artifacts (releases, the DVC remote, drift
# reports) and logs (predictions, access logs of the load balancer and of the buckets).

data "aws_caller_identity" "current" {}

locals {
  suffix  = coalesce(var.suffix, data.aws_caller_identity.current.account_id)
  buckets = toset(["models", "artifacts", "logs"])
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:One region by design; docs/deploy.md describes copies to another one
  # checkov:skip=CKV2_AWS_62:Nothing consumes events: servers poll the channel file
  for_each = local.buckets

  bucket        = "${var.name}-${each.key}-${local.suffix}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "OnlyOverTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? ["load balancer"] : []

    content {
      sid     = "LoadBalancerLogs"
      actions = ["s3:PutObject"]
      # The path contains the account id, so that only load balancers of this account are allowed.
      resources = ["${aws_s3_bucket.this["logs"].arn}/load-balancer/AWSLogs/${data.aws_caller_identity.current.account_id}/*"]

      principals {
        type        = "Service"
        identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? ["buckets"] : []

    content {
      sid       = "BucketAccessLogs"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this["logs"].arn}/access/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [for bucket in ["models", "artifacts"] : aws_s3_bucket.this[bucket].arn]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}
