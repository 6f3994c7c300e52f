"""`python -m loyaltysim` is the command line."""

from loyaltysim.cli.main import main

raise SystemExit(main())
