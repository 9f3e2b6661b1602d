"""The ``vocalbaby`` command. Each subcommand imports the libraries it needs when it runs."""
