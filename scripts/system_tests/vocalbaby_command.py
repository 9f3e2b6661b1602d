"""The command ``vocalbaby`` as a module, whose processes can import it again."""

from vocalbaby.commands.main import main

if __name__ == "__main__":
    main()
