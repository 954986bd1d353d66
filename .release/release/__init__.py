"""What `.release/build` does, a file for each thing that a release carries."""
