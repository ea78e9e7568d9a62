"""`python -m lms.cli`."""

from lms.cli import main

if __name__ == "__main__":
    main(prog_name="lms")
