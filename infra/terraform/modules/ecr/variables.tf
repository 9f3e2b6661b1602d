variable "name" {
  description = "Prefix of every resource's name, e.g. vocalbaby-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "repositories" {
  description = "Images to keep, by short name."
  type        = set(string)
  default     = ["server", "drift"]

  validation {
    condition     = length(var.repositories) > 0 && alltrue([for repository in var.repositories : can(regex("^[a-z][a-z0-9-]*$", repository))])
    error_message = "repositories must be lower-case names such as server."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the images; ECR's own when null."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying also deletes the images; for rehearsals only."
  type        = bool
  default     = false
}
