"""What the comparison with other trackers is made of; see `compare.py` beside this folder."""
