"""Second, deliberately naive implementations that the product's results are compared with.

Nothing here imports the product, Django, or anything outside the standard library.
"""
