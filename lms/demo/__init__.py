"""The demo: a made-up city with a finished batch and a running one, told as values and brought in like real ones."""
