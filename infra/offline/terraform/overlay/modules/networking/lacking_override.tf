# Provider 3.39 says "vpc = true" for what is now "domain".

resource "aws_eip" "nat" {
  domain = null
  vpc    = true
}
