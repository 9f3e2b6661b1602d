variable "name" {
  description = "Prefix of the names of all resources, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "repositories" {
  description = "Short names of the repositories."
  type        = set(string)
  default     = ["server", "drift"]

  validation {
    condition     = length(var.repositories) > 0 && alltrue([for repository in var.repositories : can(regex("^[a-z][a-z0-9-]*$", repository))])
    error_message = "repositories must have at least one lower-case name, such as server."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key for the images. If null, ECR's own encryption is used."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying a repository also deletes its images; for tests only."
  type        = bool
  default     = false
}
