"""`python -m deploy.cli`: the same as `chandung`."""

from deploy.cli.main import main

main()
