"""The `gonets` command. It opens the command line and decides nothing itself."""


def main() -> None:
    """Run the command that the arguments name."""
    from gonets.cli import app  # noqa: PLC0415  (what a command needs is loaded when it is needed)

    app()


if __name__ == "__main__":
    main()
