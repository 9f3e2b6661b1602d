# Provider 3.39 has the argument "vpc" instead of "domain".

resource "aws_eip" "nat" {
  domain = null
  vpc    = true
}
