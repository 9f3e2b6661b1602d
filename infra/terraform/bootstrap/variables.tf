variable "region" {
  description = "Region of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket, unique among all accounts, e.g. vocalbaby-terraform-<account number>."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "github" {
  description = "Whether workflows on GitHub release and deploy. Which of them may do what is said by the environments' roles."
  type        = bool
  default     = true
}
