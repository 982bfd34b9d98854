"""`python -m framework`."""

from framework.app import main

if __name__ == "__main__":
    main()
