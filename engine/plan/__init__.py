"""Rules as data: a checked book lowered to plain arrays that the fixed kernels run. A plan never changes."""
