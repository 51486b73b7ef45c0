"""Prints the hours in which it was too warm, and writes them to out/warm.csv."""

import csv
import math
import os
import pathlib


def temperatures():
    """One value an hour: cool at night, warm in the afternoon."""
    return [round(18 + 9 * math.sin((hour - 9) / 24 * 2 * math.pi), 1) for hour in range(24)]


def main():
    limit = float(os.environ.get("LIMIT", "25"))
    warm = [(hour, value) for hour, value in enumerate(temperatures()) if value > limit]
    for hour, value in warm:
        print(f"{hour:02}:00  {value:4.1f} °C", flush=True)
    path = pathlib.Path("out/warm.csv")
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("hour", "celsius"), *warm])
    print(f"{len(warm)} hours above {limit:g} °C")


if __name__ == "__main__":
    main()
