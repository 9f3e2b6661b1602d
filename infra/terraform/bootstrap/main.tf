# Once per account: the bucket that holds Terraform's state, and the account's trust in GitHub's
# tokens. Its own state is a file beside it: losing that loses nothing that `terraform import`
# does not bring back. Once more, in a workspace of its own, when the bucket's region is lost.

provider "aws" {
  region = var.region
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV_AWS_144:Versioned; docs/deploy.md tells how to copy it to another region
  # checkov:skip=CKV_AWS_18:CloudTrail tells who read the state
  # checkov:skip=CKV2_AWS_62:Nobody listens for events
  # checkov:skip=CKV_AWS_145:S3's own keys; access is what protects the state
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "tls" {
  statement {
    sid       = "OnlyOverTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

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
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.tls.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.github && var.github_oidc_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  # AWS trusts GitHub's certificate by its authority; the API still wants a value.
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}
