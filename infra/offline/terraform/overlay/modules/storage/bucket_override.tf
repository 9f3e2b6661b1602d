resource "aws_s3_bucket" "this" {
  versioning {
    enabled = true
  }

  server_side_encryption_configuration {
    rule {
      bucket_key_enabled = var.kms_key_arn != null

      apply_server_side_encryption_by_default {
        sse_algorithm     = var.kms_key_arn == null || each.key == "logs" ? "AES256" : "aws:kms"
        kms_master_key_id = each.key == "logs" ? null : var.kms_key_arn
      }
    }
  }

  lifecycle_rule {
    id                                     = "replaced"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 7

    noncurrent_version_expiration {
      days = each.key == "logs" ? 1 : var.keep_days.replaced
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.key == "logs" ? [var.keep_days.logs] : []

    content {
      id      = "expire"
      enabled = true

      expiration {
        days = lifecycle_rule.value
      }
    }
  }
}
