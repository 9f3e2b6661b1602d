variable "name" {
  description = "Prefix of every resource's name, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "subnet_id" {
  description = "Subnet of the instance, a private one."
  type        = string
}

variable "security_group_id" {
  description = "Security group of the instance (module networking)."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile of the job monitoring (module iam)."
  type        = string
}

variable "instance_type" {
  description = "Type of the instance, x86-64, with 4 GiB at least."
  type        = string
  default     = "t3.medium"
}

variable "image_id" {
  description = "AMI with dnf, systemd and the AWS CLI; the newest Amazon Linux 2023 when null."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be an AMI such as ami-0123456789abcdef0."
  }
}

variable "server_tag" {
  description = "Tag Name of the servers: what Prometheus looks for among the running instances."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.server_tag))
    error_message = "server_tag must be lower-case letters, digits and hyphens, such as vocalbaby-staging-server."
  }
}

variable "metrics_port" {
  description = "Port the servers' metrics are on."
  type        = number
  default     = 9464

  validation {
    condition     = var.metrics_port >= 1024 && var.metrics_port <= 65535
    error_message = "metrics_port must be 1024 to 65535."
  }
}

variable "configuration" {
  description = "Prometheus' configuration, rules, dashboards, Grafana's provisioning and the drift job's settings: what scripts/release_monitoring.sh printed."
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
  description = "Archives of prometheus, alertmanager and grafana, as their makers release them: what scripts/release_programs.sh printed. No Grafana where it is left out."
  type = map(object({
    uri    = string
    sha256 = string
  }))

  validation {
    condition     = contains(keys(var.programs), "prometheus") && contains(keys(var.programs), "alertmanager") && alltrue([for program in keys(var.programs) : contains(["prometheus", "alertmanager", "grafana"], program)])
    error_message = "programs must be prometheus, alertmanager and, where it is wanted, grafana."
  }

  validation {
    condition     = alltrue([for program in var.programs : can(regex("^s3://[^/ ']+/[^ ']+\\.tar\\.gz$", program.uri)) && can(regex("^[0-9a-f]{64}$", program.sha256))])
    error_message = "each program must be {uri = \"s3://….tar.gz\", sha256 = 64 hex digits}."
  }
}

variable "drift" {
  description = "PEX of the drift job: what scripts/release_pex.sh printed."
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
  description = "When the drift job runs, as systemd writes it (man systemd.time), in UTC."
  type        = string
  default     = "*-*-* 04:17:00"

  validation {
    condition     = can(regex("^[A-Za-z0-9*:/,. -]+$", var.drift_schedule))
    error_message = "drift_schedule must be a calendar expression of systemd, such as *-*-* 04:17:00."
  }
}

variable "models_bucket" {
  description = "Bucket of the model store."
  type        = string
}

variable "channel" {
  description = "Channel of the model store whose model the drift job compares with."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.channel))
    error_message = "channel must be a name of letters, digits and ._-"
  }
}

variable "logs_bucket" {
  description = "Bucket with the servers' predictions, below predictions/."
  type        = string
}

variable "artifacts_bucket" {
  description = "Bucket that the drift job leaves its reports in, below drift/."
  type        = string
}

variable "parameter_prefix" {
  description = "Path in the SSM Parameter Store; <prefix>/monitoring/ holds alertmanager.yml and grafana-password."
  type        = string

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.parameter_prefix))
    error_message = "parameter_prefix must be a path such as /vocalbaby-staging, without a slash at its end."
  }
}

variable "retention_days" {
  description = "Days that measurements are kept, if they fit the volume."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number, 1 at least."
  }
}

variable "data_gib" {
  description = "Size in GiB of the encrypted volume with what was measured; Prometheus uses up to 80 % of it."
  type        = number
  default     = 20

  validation {
    condition     = var.data_gib >= 5 && floor(var.data_gib) == var.data_gib
    error_message = "data_gib must be a whole number, 5 at least."
  }
}

variable "data_device" {
  description = "Name under which the volume is attached; with an empty name the installation writes to the instance's own disk, for rehearsals."
  type        = string
  default     = "/dev/sdf"

  validation {
    condition     = can(regex("^(/dev/sd[f-p])?$", var.data_device))
    error_message = "data_device must be /dev/sdf to /dev/sdp, or empty."
  }
}

variable "data_snapshot_id" {
  description = "Snapshot that the data volume is made from, when it is made: a restore. A volume that is there is never replaced by one; leaving the variable out afterwards changes nothing. An empty volume when null."
  type        = string
  default     = null

  validation {
    condition     = var.data_snapshot_id == null || can(regex("^snap-[0-9a-f]+$", var.data_snapshot_id))
    error_message = "data_snapshot_id must be a snapshot such as snap-0123456789abcdef0."
  }
}

variable "keep_snapshots" {
  description = "How many daily snapshots of the data volume are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.keep_snapshots >= 1 && var.keep_snapshots <= 1000 && floor(var.keep_snapshots) == var.keep_snapshots
    error_message = "keep_snapshots must be a whole number, 1 to 1000."
  }
}

variable "kms_key_arn" {
  description = "KMS key of the data volume and its snapshots; EBS's own when null."
  type        = string
  default     = null
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told when the instance's machine fails."
  type        = list(string)
  default     = []
}
