"""Files and choices made into a checked scenario; the only room, with the command line, that knows Hydra."""
