# The schedule and the retention of snapshots. The simulated AWS has no Data Lifecycle Manager, so
# tests that apply the module replace this file: infra/offline/terraform/overlay.

resource "aws_dlm_lifecycle_policy" "data" {
  description        = "Daily snapshots of ${local.data_name}"
  execution_role_arn = aws_iam_role.snapshots.arn
  state              = "ENABLED"

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Name = local.data_name }

    schedule {
      name = "daily"
      # A restore finds snapshots by the tag Name; the other tags are for cost allocation.
      copy_tags = true

      create_rule {
        interval      = 24
        interval_unit = "HOURS"
        times         = ["03:00"]
      }

      retain_rule {
        count = var.keep_snapshots
      }
    }
  }
}
