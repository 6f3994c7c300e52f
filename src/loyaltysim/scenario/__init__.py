"""What a scenario may say: pure declarations and checks, which know no file and no mechanism."""
