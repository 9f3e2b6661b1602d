# When snapshots are taken, and how many stay. The simulated AWS of the apply test has no Data
# Lifecycle Manager, so that this file is left out there: infra/tests/overlay.

resource "aws_dlm_lifecycle_policy" "data" {
  description        = "Daily snapshots of ${local.data_name}"
  execution_role_arn = aws_iam_role.snapshots.arn
  state              = "ENABLED"

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Name = local.data_name }

    schedule {
      name = "daily"
      # The volume's name is what snapshots are found by, and its owner's tags tell the costs.
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
