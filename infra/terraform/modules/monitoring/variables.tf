variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "subnet_id" {
  description = "ID of a private subnet for the instance."
  type        = string
}

variable "security_group_id" {
  description = "ID of the security group of the instance (module networking)."
  type        = string
}

variable "instance_profile" {
  description = "Name of the instance profile for monitoring (module iam)."
  type        = string
}

variable "instance_type" {
  description = "Instance type, x86-64, with at least 4 GiB of memory."
  type        = string
  default     = "t3.medium"
}

variable "image_id" {
  description = "ID of an AMI with dnf, systemd and the AWS CLI. If null, the newest Amazon Linux 2023 is used."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be the ID of an AMI, such as ami-0123456789abcdef0."
  }
}

variable "server_tag" {
  description = "Value of the tag Name of the servers, by which Prometheus discovers them."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.server_tag))
    error_message = "server_tag must consist of lower-case letters, digits and hyphens, such as vocalbaby-staging-server."
  }
}

variable "metrics_port" {
  description = "Port of the servers' metrics."
  type        = number
  default     = 9464

  validation {
    condition     = var.metrics_port >= 1024 && var.metrics_port <= 65535
    error_message = "metrics_port must be from 1024 to 65535."
  }
}

variable "configuration" {
  description = "Archive with the configuration, rules and dashboards of Prometheus and Grafana and the drift job's settings, as printed by scripts/release_monitoring.sh."
  type = object({
    uri    = string
    sha256 = string
  })

  validation {
    condition     = can(regex("^s3://[^/ ']+/[^ ']+\\.tar\\.gz$", var.configuration.uri)) && can(regex("^[0-9a-f]{64}$", var.configuration.sha256))
    error_message = "configuration must be {uri = \"s3://….tar.gz\", sha256 = 64 hex digits}."
  }
}

variable "programs" {
  description = "Release archives of prometheus, alertmanager and grafana, as printed by scripts/release_programs.sh. Grafana is optional."
  type = map(object({
    uri    = string
    sha256 = string
  }))

  validation {
    condition     = contains(keys(var.programs), "prometheus") && contains(keys(var.programs), "alertmanager") && alltrue([for program in keys(var.programs) : contains(["prometheus", "alertmanager", "grafana"], program)])
    error_message = "programs must have the keys prometheus, alertmanager and, optionally, grafana."
  }

  validation {
    condition     = alltrue([for program in var.programs : can(regex("^s3://[^/ ']+/[^ ']+\\.tar\\.gz$", program.uri)) && can(regex("^[0-9a-f]{64}$", program.sha256))])
    error_message = "each program must be {uri = \"s3://….tar.gz\", sha256 = 64 hex digits}."
  }
}

variable "drift" {
  description = "PEX of the drift job, as printed by scripts/release_pex.sh."
  type = object({
    uri    = string
    sha256 = string
  })

  validation {
    condition     = can(regex("^s3://[^/ ']+/[^ ']+\\.pex$", var.drift.uri)) && can(regex("^[0-9a-f]{64}$", var.drift.sha256))
    error_message = "drift must be {uri = \"s3://….pex\", sha256 = 64 hex digits}."
  }
}

variable "drift_schedule" {
  description = "Schedule of the drift job in UTC, as a calendar expression of systemd (man systemd.time)."
  type        = string
  default     = "*-*-* 04:17:00"

  validation {
    condition     = can(regex("^[A-Za-z0-9*:/,. -]+$", var.drift_schedule))
    error_message = "drift_schedule must be a calendar expression of systemd, such as *-*-* 04:17:00."
  }
}

variable "models_bucket" {
  description = "Name of the bucket with the model store."
  type        = string
}

variable "channel" {
  description = "Channel of the model store whose model the drift job uses as the reference."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.channel))
    error_message = "channel must consist of letters, digits, dots, underscores and hyphens, and start with a letter or digit."
  }
}

variable "logs_bucket" {
  description = "Name of the bucket with the servers' predictions, below predictions/."
  type        = string
}

variable "artifacts_bucket" {
  description = "Name of the bucket for the drift job's results, below drift/."
  type        = string
}

variable "parameter_prefix" {
  description = "Path in the SSM Parameter Store. The parameters alertmanager.yml and grafana-password are below <prefix>/monitoring/."
  type        = string

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.parameter_prefix))
    error_message = "parameter_prefix must be a path such as /vocalbaby-staging, without a trailing slash."
  }
}

variable "retention_days" {
  description = "Number of days that metrics are kept if they fit on the volume."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number of at least 1."
  }
}

variable "data_gib" {
  description = "Size in GiB of the encrypted volume for metrics, of which Prometheus uses up to 80 %."
  type        = number
  default     = 20

  validation {
    condition     = var.data_gib >= 5 && floor(var.data_gib) == var.data_gib
    error_message = "data_gib must be a whole number of at least 5."
  }
}

variable "data_device" {
  description = "Device name of the volume. With an empty name the installation writes to the instance's own disk, for tests."
  type        = string
  default     = "/dev/sdf"

  validation {
    condition     = can(regex("^(/dev/sd[f-p])?$", var.data_device))
    error_message = "data_device must be /dev/sdf to /dev/sdp, or empty."
  }
}

variable "data_snapshot_id" {
  description = "ID of a snapshot to restore when the data volume is created. An existing volume is never replaced, and unsetting the variable later changes nothing. If null, a new volume is empty."
  type        = string
  default     = null

  validation {
    condition     = var.data_snapshot_id == null || can(regex("^snap-[0-9a-f]+$", var.data_snapshot_id))
    error_message = "data_snapshot_id must be a snapshot such as snap-0123456789abcdef0."
  }
}

variable "keep_snapshots" {
  description = "Number of daily snapshots of the data volume that are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.keep_snapshots >= 1 && var.keep_snapshots <= 1000 && floor(var.keep_snapshots) == var.keep_snapshots
    error_message = "keep_snapshots must be a whole number from 1 to 1000."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key for the data volume and its snapshots. If null, the default key of EBS is used."
  type        = string
  default     = null
}

variable "alarm_topic_arns" {
  description = "ARNs of SNS topics that are notified when the hardware of the instance fails."
  type        = list(string)
  default     = []
}
