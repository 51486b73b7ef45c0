"""From the CSV to numbers a model can learn from. Standard library only; Python 3.8 or newer."""

from __future__ import annotations

import csv
import random
import statistics
from pathlib import Path
from typing import List, NamedTuple, Sequence

from churn.console import UserError

NUMBERS = (
    "age",
    "tenure_months",
    "lines",
    "monthly_charge",
    "total_charges",
    "data_gb_month",
    "support_calls_90d",
    "dropped_call_rate",
    "satisfaction",
)
WORDS = (
    "region",
    "contract",
    "internet",
    "payment_method",
    "paperless_billing",
    "online_security",
    "tech_support",
)
ID = "customer_id"
TARGET = "churned"
# So that every pile of every deal has both kinds of customers in it.
LEAST_OF_A_KIND = 20

Row = List[float]


class Customer(NamedTuple):
    """One line of the CSV, read."""

    id: str
    left: bool
    numbers: dict[str, float | None]
    """By column; None where the value is missing."""
    words: dict[str, str]


def parse_customer(record: dict, line: int) -> Customer:
    """One record of the CSV with its numbers read; an empty number is None.

    Raises UserError that names the line and the column for anything that is neither a number nor empty.
    """
    if None in record or None in record.values():
        raise UserError(f"line {line} does not have as many values as the first line has columns")
    numbers: dict[str, float | None] = {}
    for column in NUMBERS:
        text = record[column]
        try:
            numbers[column] = float(text) if text else None
        except ValueError:
            raise UserError(f"line {line}, column {column}: {text!r} is not a number") from None
    if record[TARGET] not in ("yes", "no"):
        raise UserError(f"line {line}, column {TARGET}: {record[TARGET]!r} is neither yes nor no")
    return Customer(record[ID], record[TARGET] == "yes", numbers, {column: record[column] for column in WORDS})


def read_customers(path: Path) -> list[Customer]:
    """All customers of a CSV file, in its order.

    Raises UserError when there is no such file, a column is missing, a value is wrong, or too few customers left or
    stayed to learn anything.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in (ID, *NUMBERS, *WORDS, TARGET) if name not in (reader.fieldnames or ())]
            if missing:
                raise UserError(f"{path} has no column named {', '.join(missing)}")
            customers = [parse_customer(record, reader.line_num) for record in reader]
    except FileNotFoundError:
        raise UserError(
            f"{path} was not found: run this in the project's folder, or name the file with --data"
        ) from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not text in UTF-8: export it again as CSV in UTF-8") from None
    left = sum(labels_of(customers))
    if min(left, len(customers) - left) < LEAST_OF_A_KIND:
        raise UserError(f"{path} needs at least {LEAST_OF_A_KIND} customers who left and as many who stayed")
    return customers


def labels_of(customers: Sequence[Customer]) -> list[int]:
    """1 for each customer who left, 0 for each who stayed."""
    return [int(customer.left) for customer in customers]


def deal(customers: Sequence[Customer], piles: int, seed: int) -> list[list[Customer]]:
    """The customers shuffled and dealt to `piles` piles, each with the same share of customers who left."""
    rng = random.Random(seed)
    dealt: list[list[Customer]] = [[] for _ in range(piles)]
    position = 0
    for left in (True, False):
        group = [customer for customer in customers if customer.left == left]
        rng.shuffle(group)
        for customer in group:
            dealt[position % piles].append(customer)
            position += 1
    return dealt


def split(customers: Sequence[Customer], seed: int) -> tuple[list[Customer], list[Customer]]:
    """Three quarters to learn from and one quarter to be judged by."""
    test, *rest = deal(customers, 4, seed)
    return [customer for pile in rest for customer in pile], test


class Encoder:
    """Turns customers into rows of numbers, by what it learned from the training customers alone.

    Numbers are centred on their mean and divided by their spread; a missing one becomes the median and raises a flag
    of its own, since that a value is missing may say something too. Words become one 0-or-1 column for each value.
    """

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.missing: dict[str, int] = {}
        self.fill: dict[str, float] = {}
        self.centre: dict[str, float] = {}
        self.spread: dict[str, float] = {}
        for column in NUMBERS:
            self._learn_number(column, [customer.numbers[column] for customer in customers])
        self.values = {column: sorted({customer.words[column] for customer in customers}) for column in WORDS}
        self.names = [
            *NUMBERS,
            *(f"{column} missing" for column in self.missing),
            *(f"{column} = {value}" for column in WORDS for value in self.values[column]),
        ]

    def _learn_number(self, column: str, values: Sequence[float | None]) -> None:
        known = [value for value in values if value is not None]
        if not known:
            raise UserError(f"column {column} has no value at all")
        if len(known) < len(values):
            self.missing[column] = len(values) - len(known)
        self.fill[column] = statistics.median(known)
        self.centre[column] = statistics.fmean(known)
        self.spread[column] = statistics.pstdev(known) or 1.0

    def _number(self, customer: Customer, column: str) -> float:
        value = customer.numbers[column]
        known = self.fill[column] if value is None else value
        return (known - self.centre[column]) / self.spread[column]

    def encode(self, customers: Sequence[Customer]) -> list[Row]:
        """One row a customer, its numbers in the order of `names`; a word never seen before is all zeros."""
        return [
            [
                *(self._number(customer, column) for column in NUMBERS),
                *(float(customer.numbers[column] is None) for column in self.missing),
                *(float(customer.words[column] == value) for column in WORDS for value in self.values[column]),
            ]
            for customer in customers
        ]
