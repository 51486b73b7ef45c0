"""Writes customers.csv: invented customers of an invented telephone company.

    python3 data/make_customers.py

The same seed gives the same file, byte for byte, on every Python from 3.8 on, so the file can be checked in
and made again. Nobody in it exists.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
from pathlib import Path

COLUMNS = (
    "customer_id",
    "region",
    "age",
    "tenure_months",
    "contract",
    "internet",
    "payment_method",
    "paperless_billing",
    "online_security",
    "tech_support",
    "lines",
    "monthly_charge",
    "total_charges",
    "data_gb_month",
    "support_calls_90d",
    "dropped_call_rate",
    "satisfaction",
    "churned",
)


def pick(rng: random.Random, shares: dict[str, float]) -> str:
    """One key of `shares`, each as likely as its share; the shares add up to 1."""
    point = rng.random()
    for name, share in shares.items():
        point -= share
        if point < 0:
            return name
    return name


def count(rng: random.Random, mean: float) -> int:
    """A number of events that happen `mean` times on average (Poisson, by Knuth's method)."""
    limit, product, events = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        events += 1
    return events


def invent_account(rng: random.Random) -> dict:
    """What the customer is and has bought."""
    internet = pick(rng, {"fibre": 0.45, "dsl": 0.36, "none": 0.19})
    tenure = min(72, int(rng.expovariate(1 / 26)))
    long_contract = 0.12 + 0.55 * tenure / 72
    contract = pick(
        rng, {"two-year": long_contract * 0.55, "one-year": long_contract * 0.45, "monthly": 1 - long_contract}
    )
    online = internet != "none"
    return {
        "region": pick(rng, {"north": 0.27, "south": 0.31, "east": 0.18, "west": 0.24}),
        "age": max(18, min(92, round(rng.gauss(47, 16)))),
        "tenure_months": tenure,
        "contract": contract,
        "internet": internet,
        "payment_method": pick(rng, {"card": 0.27, "direct-debit": 0.24, "invoice": 0.16, "e-check": 0.33}),
        "paperless_billing": "yes" if rng.random() < (0.72 if online else 0.3) else "no",
        "online_security": "yes" if online and rng.random() < 0.36 else "no",
        "tech_support": "yes" if online and rng.random() < 0.34 else "no",
        "lines": 1 + (rng.random() < 0.42) + (rng.random() < 0.12),
    }


def invent_usage(rng: random.Random, account: dict) -> dict:
    """What the customer pays, uses and thinks of it."""
    price = {"none": 21.0, "dsl": 47.0, "fibre": 71.0}[account["internet"]]
    price += 6.5 * (account["lines"] - 1)
    price += 5.0 * (account["online_security"] == "yes") + 5.5 * (account["tech_support"] == "yes")
    price -= {"monthly": 0.0, "one-year": 3.0, "two-year": 6.0}[account["contract"]]
    monthly = max(15.0, price + rng.gauss(0, 5.5))
    trouble = rng.betavariate(1.6, 38) * (1.25 if account["region"] == "east" else 1.0)
    calls = count(rng, 0.7 + 22 * trouble + (0.5 if account["tenure_months"] < 6 else 0.0))
    feeling = 4.3 - 0.42 * calls - 9 * trouble + rng.gauss(0, 0.8)
    data = 0.0 if account["internet"] == "none" else rng.gammavariate(2.2, 90 if account["internet"] == "fibre" else 38)
    return {
        "monthly_charge": round(monthly, 2),
        "total_charges": round(monthly * account["tenure_months"] * (0.94 + 0.12 * rng.random()), 2),
        "data_gb_month": round(data, 1),
        "support_calls_90d": calls,
        "dropped_call_rate": round(trouble, 4),
        "satisfaction": max(1, min(5, round(feeling))),
    }


def leaving_odds(customer: dict) -> float:
    """The logarithm of the odds that this customer leaves.

    Not a straight sum on purpose: the first year matters most on a monthly contract, the fourth call counts more than
    the three before it, and a high price hurts those without support, so trees can find what a straight line cannot.
    """
    first_year = customer["tenure_months"] < 12
    calls = customer["support_calls_90d"]
    odds = -2.3
    odds += {"monthly": 0.85, "one-year": 0.0, "two-year": -0.9}[customer["contract"]]
    odds += {"fibre": 0.35, "dsl": 0.0, "none": -0.5}[customer["internet"]]
    odds += {"e-check": 0.4, "invoice": 0.1, "card": -0.1, "direct-debit": -0.25}[customer["payment_method"]]
    odds -= 0.012 * customer["tenure_months"]
    odds += 1.3 * (customer["contract"] == "monthly" and first_year)
    odds += 0.1 * calls + 1.2 * (calls >= 4)
    odds += 1.1 * (customer["monthly_charge"] > 78 and customer["tech_support"] == "no")
    odds -= 0.35 * (customer["online_security"] == "yes")
    odds -= 0.25 * (customer["satisfaction"] - 3)
    odds += 0.8 * (customer["age"] < 30) + 0.5 * (customer["age"] > 70)
    return odds


def lose_values(rng: random.Random, customer: dict) -> dict:
    """The same customer as a real export would show it: with holes."""
    holes = {
        "age": rng.random() < 0.04,
        "data_gb_month": customer["internet"] != "none" and rng.random() < 0.03,
        "dropped_call_rate": rng.random() < 0.02,
        # Nobody in their first month has had a bill, and the unhappy answer surveys less often.
        "total_charges": customer["tenure_months"] == 0,
        "satisfaction": rng.random() < (0.42 if customer["satisfaction"] <= 2 else 0.25),
    }
    return {column: "" if holes.get(column) else value for column, value in customer.items()}


def invent_customers(rows: int, seed: int) -> list[dict]:
    """`rows` customers; equal arguments give equal customers."""
    rng = random.Random(seed)
    customers = []
    for number in range(rows):
        account = invent_account(rng)
        customer = {"customer_id": f"C{10001 + number}", **account, **invent_usage(rng, account)}
        leaves = rng.random() < 1 / (1 + math.exp(-leaving_odds(customer)))
        customers.append({**lose_values(rng, customer), "churned": "yes" if leaves else "no"})
    return customers


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the example's customers.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("customers.csv"))
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    customers = invent_customers(options.rows, options.seed)
    with open(options.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(customers)
    print(f"wrote {len(customers)} customers to {options.out}")


if __name__ == "__main__":
    main()
