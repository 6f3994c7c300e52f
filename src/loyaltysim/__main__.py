"""`python -m loyaltysim` is the command line."""

from loyaltysim.cli import main

raise SystemExit(main())
