"""One pricing task, done by hand in numba, in numpy, and as a book."""
