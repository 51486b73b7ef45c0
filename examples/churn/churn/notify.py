"""Prepares the message a team would get about churn, signed with a secret. Makes no network call.

    CHURN_WEBHOOK_TOKEN=... python3 -m churn.notify

The token comes from the environment and is not printed. With `--show-masking` it is printed on purpose, also cut in
two and inside a longer word, to show that a log keeps it to itself: run that by hand, and you will read the token;
run it as a task, and you will read a mask.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import sys
import time
from pathlib import Path
from typing import Sequence

from churn import console
from churn.features import Customer, read_customers

TOKEN = "CHURN_WEBHOOK_TOKEN"
WEBHOOK = "https://hooks.example.com/churn"
SIGNATURE_SHOWN = 12


def read_token() -> str:
    """The token; raises UserError that says where it comes from when it is not set."""
    token = os.environ.get(TOKEN, "")
    if not token:
        raise console.UserError(
            f"{TOKEN} is not set: store a secret with the key churn-webhook-token, which ame.yaml hands to the task "
            "notify, or set the variable when you run this by hand"
        )
    return token


def churn_by_contract(customers: Sequence[Customer]) -> dict[str, float]:
    """The share of customers who left, for each kind of contract."""
    answers: dict[str, list[bool]] = {}
    for customer in customers:
        answers.setdefault(customer.words["contract"], []).append(customer.left)
    return {contract: round(sum(left) / len(left), 3) for contract, left in answers.items()}


def compose(customers: Sequence[Customer]) -> bytes:
    """The message as the bytes that are signed and would be sent."""
    message = {"customers": len(customers), "churn_by_contract": churn_by_contract(customers)}
    return json.dumps(message, sort_keys=True).encode()


def sign(message: bytes, token: str) -> str:
    """What proves to the receiver that the sender knows the token, without telling it."""
    return hmac.new(token.encode(), message, hashlib.sha256).hexdigest()


def show_masking(token: str) -> None:
    """Prints the token in ways that a program leaks one by accident."""
    console.info("the next lines contain the token; a log that masks it shows none of it")
    console.info(f"alone: {token}")
    console.info(f"in an address: {WEBHOOK}?token={token}&retry=1")
    sys.stdout.write(f"{console.level_word('INFO')} cut in two: {token[: len(token) // 2]}")
    sys.stdout.flush()
    # Long enough for whoever reads the pipe to get the halves one by one.
    time.sleep(0.3)
    sys.stdout.write(token[len(token) // 2 :] + "\n")
    sys.stdout.flush()
    console.warn(f"on the error output: {token}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m churn.notify", description="Prepare the message about churn.")
    parser.add_argument("--data", type=Path, default=Path("data/customers.csv"), help="the customers, as CSV")
    parser.add_argument("--show-masking", action="store_true", help="print the token, to see that the log masks it")
    options = parser.parse_args(arguments)
    token = read_token()
    message = compose(read_customers(options.data))
    console.info("the token is here and stays here")
    console.info(f"would send {len(message)} bytes to {WEBHOOK}")
    console.info(f"message: {message.decode()}")
    # Never the whole signature: with it, a short token could be found by trying.
    console.info(f"signature: sha256={sign(message, token)[:SIGNATURE_SHOWN]}...")
    if options.show_masking:
        show_masking(token)
    console.done("nothing was sent: the example has nobody to tell")


if __name__ == "__main__":
    console.run(main)
