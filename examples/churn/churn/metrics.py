"""How good a model's probabilities are. Standard library only."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Sequence


def accuracy(labels: Sequence[int], chances: Sequence[float]) -> float:
    """The share of customers on whose side of one half the chance lies."""
    return sum((chance >= 0.5) == bool(label) for label, chance in zip(labels, chances)) / len(labels)


def log_loss(labels: Sequence[int], chances: Sequence[float]) -> float:
    """The mean surprise in nats; 0.69 is a coin, 0 is certainty that was right."""
    shy = 1e-12
    return -sum(math.log(max(chance if label else 1 - chance, shy)) for label, chance in zip(labels, chances)) / len(
        labels
    )


def auc(labels: Sequence[int], chances: Sequence[float]) -> float:
    """The chance that a customer who left is ranked above one who stayed; ties count one half."""
    order = sorted(range(len(labels)), key=lambda index: chances[index])
    rank_sum = 0.0
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and chances[order[end]] == chances[order[start]]:
            end += 1
        rank = (start + 1 + end) / 2
        rank_sum += rank * sum(labels[index] for index in order[start:end])
        start = end
    left = sum(labels)
    return (rank_sum - left * (left + 1) / 2) / (left * (len(labels) - left))


def judge(labels: Sequence[int], chances: Sequence[float]) -> dict[str, float]:
    """All three, rounded to what a reader can use and every platform agrees on."""
    return {
        "accuracy": round(accuracy(labels, chances), 4),
        "auc": round(auc(labels, chances), 4),
        "log_loss": round(log_loss(labels, chances), 4),
    }


def in_words(scores: dict[str, float]) -> str:
    """What `judge` found, as one line."""
    return "accuracy {accuracy:.4f}  AUC {auc:.4f}  log loss {log_loss:.4f}".format(**scores)


def by_risk(labels: Sequence[int], chances: Sequence[float], groups: int = 10) -> list[dict]:
    """The customers from the most to the least endangered in equal groups: what was predicted, what happened."""
    ranked = sorted(zip(chances, labels), reverse=True)
    report = []
    for group in range(groups):
        part = ranked[group * len(ranked) // groups : (group + 1) * len(ranked) // groups]
        if part:
            report.append(
                {
                    "group": group + 1,
                    "customers": len(part),
                    "predicted_rate": round(sum(chance for chance, _ in part) / len(part), 4),
                    "actual_rate": round(sum(label for _, label in part) / len(part), 4),
                }
            )
    return report


def write_csv(path: Path, records: Sequence[dict]) -> None:
    """Writes records with equal keys as a table; makes the folder when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def write_json(path: Path, value: dict) -> None:
    """Writes one JSON object that people can read; makes the folder when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
