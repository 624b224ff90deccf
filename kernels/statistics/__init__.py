"""Statistics of records by cell, depth layer and calendar month, from sums that can be merged.

A *slot* is one cell, one layer and one calendar month. Only slots with data are held, in order of their
number. All that is kept of the values of a slot are their moments and a histogram of 64 bins: so memory
depends on the grid alone, partitions can be summed apart, and the order of merging does not matter.
"""
