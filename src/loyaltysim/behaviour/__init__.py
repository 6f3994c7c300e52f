"""How customers respond, one file each; the folder of `conf/behaviour`."""
