"""Writes points around a line to points.csv."""

import random

random.seed(7)
with open("points.csv", "w") as file:
    for x in range(50):
        file.write(f"{x / 10},{2.5 * x / 10 + 1 + random.gauss(0, 0.1)}\n")
print("50 points")
