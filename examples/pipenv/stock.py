"""Prints what has to be ordered, as a table."""

import os

from tabulate import tabulate

STOCK = [("apples", 12, 40), ("pears", 55, 40), ("plums", 3, 25)]

rows = [(name, there, wanted - there) for name, there, wanted in STOCK if there < wanted]
print(tabulate(rows, headers=["fruit", "there", "order"], tablefmt=os.environ.get("TABLE", "simple")))
