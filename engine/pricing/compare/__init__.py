"""What compares: a book with its tests, two books with each other, two books over past business, a book with what was charged.

    coverage   what of a book its tests reach          suggest    tests for what they do not reach
    difference what changed between two books          simulate   what a change moves, over past lines
    audit      lines that were not charged as the book says

All of it is pure: priced quotes and columns in, plain data out. Reading files and drawing tables is the command line's.
"""
