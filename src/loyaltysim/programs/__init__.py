"""What loyalty programs do, one file each; the folder of `conf/program`."""
