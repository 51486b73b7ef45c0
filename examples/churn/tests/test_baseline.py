"""The part of the example that needs no packages: `python3 -m unittest`."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from churn import baseline, notify, score
from churn.console import UserError
from churn.features import Encoder, deal, labels_of, read_customers, split
from churn.metrics import auc, log_loss

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / "data" / "customers.csv"


def run_quietly(main, *arguments: str) -> tuple[str, str]:
    """What `main` printed to its output and to its error output."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(arguments)
    return out.getvalue(), err.getvalue()


def train(out: Path) -> tuple[str, str]:
    """Trains with fewer rounds than the task makes, for nearly the same model in half the time."""
    return run_quietly(
        baseline.main, "--data", str(DATA), "--out", str(out), "--epochs", "200", "--search-epochs", "30"
    )


class TemporaryFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="churn-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def set_variable(self, name: str, value: str) -> None:
        """Sets an environment variable until the test ends."""
        before = os.environ.get(name)
        os.environ[name] = value
        self.addCleanup(lambda: os.environ.pop(name) if before is None else os.environ.update({name: before}))

    def csv_with(self, change) -> Path:
        """A copy of the customers with `change` made to its text."""
        path = self.folder / "changed.csv"
        path.write_text(change(DATA.read_text(encoding="utf-8")), encoding="utf-8")
        return path


class Baseline(TemporaryFolder):
    out: Path
    printed: str
    warned: str
    metrics: dict

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="churn-")
        cls.addClassCleanup(folder.cleanup)
        cls.out = Path(folder.name)
        cls.printed, cls.warned = train(cls.out)
        cls.metrics = json.loads((cls.out / "metrics.json").read_text(encoding="utf-8"))

    def test_metrics_are_those_of_the_seed(self) -> None:
        self.assertAlmostEqual(self.metrics["auc"], 0.7949, places=3)
        self.assertAlmostEqual(self.metrics["log_loss"], 0.4843, places=3)
        self.assertAlmostEqual(self.metrics["accuracy"], 0.754, places=2)
        self.assertGreater(self.metrics["accuracy"], self.metrics["accuracy_of_always_staying"])

    def test_training_again_gives_the_same_files(self) -> None:
        train(self.folder)
        for name in ("metrics.json", "report.csv"):
            self.assertEqual((self.folder / name).read_bytes(), (self.out / name).read_bytes(), name)

    def test_log_has_levels_a_bar_and_warnings_of_missing_values(self) -> None:
        self.assertIn("\x1b[1;32mINFO", self.printed)
        self.assertRegex(self.printed, r"\rtraining +\d+%\|")
        self.assertRegex(self.printed, r"\rtraining 100%\|[^\r\n]* 200/200 [^\r\n]*\n")
        self.assertRegex(self.warned, r"WARNING\x1b\[0m satisfaction: \d+ of 1500 values are missing")
        self.assertNotIn("WARNING", self.printed)

    def test_report_goes_from_most_to_least_endangered(self) -> None:
        with open(self.out / "report.csv", newline="", encoding="utf-8") as file:
            groups = list(csv.DictReader(file))
        self.assertEqual(sum(int(group["customers"]) for group in groups), 500)
        predicted = [float(group["predicted_rate"]) for group in groups]
        self.assertEqual(predicted, sorted(predicted, reverse=True))
        self.assertGreater(float(groups[0]["actual_rate"]), 0.6)
        self.assertLess(float(groups[-1]["actual_rate"]), 0.15)


class Customers(TemporaryFolder):
    def test_the_shipped_file_is_what_its_script_writes(self) -> None:
        made = self.folder / "made.csv"
        script = [sys.executable, str(DATA.with_name("make_customers.py")), "--out", str(made)]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL, timeout=60)
        self.assertEqual(made.read_bytes(), DATA.read_bytes())

    def test_piles_share_out_every_customer_once(self) -> None:
        customers = read_customers(DATA)
        piles = deal(customers, 5, seed=1)
        everyone = sorted(customer.id for pile in piles for customer in pile)
        self.assertEqual(everyone, sorted(customer.id for customer in customers))
        left = [sum(labels_of(pile)) for pile in piles]
        self.assertLessEqual(max(left) - min(left), 1)

    def test_encoder_learns_from_the_training_customers_alone(self) -> None:
        training, test = split(read_customers(DATA), seed=7)
        encoder = Encoder(training)
        column = encoder.names.index("satisfaction")
        flag = encoder.names.index("satisfaction missing")
        unanswered = test[0]._replace(
            numbers={**test[0].numbers, "satisfaction": None}, words={**test[0].words, "region": "moon"}
        )
        (row,) = encoder.encode([unanswered])
        median = (encoder.fill["satisfaction"] - encoder.centre["satisfaction"]) / encoder.spread["satisfaction"]
        self.assertEqual((row[column], row[flag]), (median, 1.0))
        regions = [value for name, value in zip(encoder.names, row) if name.startswith("region")]
        self.assertEqual(regions, [0.0] * 4)

    def test_wrong_files_are_refused_with_what_to_do(self) -> None:
        cases = {
            "was not found.*--data": self.folder / "absent.csv",
            "no column named age": self.csv_with(lambda text: text.replace(",age,", ",years,", 1)),
        }
        for message, path in cases.items():
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                read_customers(path)

    def test_wrong_values_are_refused_with_their_line_and_column(self) -> None:
        cases = {
            "line 2, column lines: 'x' is not a number": lambda text: text.replace("no,no,no,1,", "no,no,no,x,", 1),
            "line 2, column churned": lambda text: text.replace(",no\n", ",perhaps\n", 1),
            "line 2 does not have as many values": lambda text: text.replace(",no\n", "\n", 1),
            "at least 20 customers who left": lambda text: "".join(itertools.islice(io.StringIO(text), 9)),
        }
        for message, change in cases.items():
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                read_customers(self.csv_with(change))


class Metrics(unittest.TestCase):
    def test_auc_counts_pairs_and_halves_ties(self) -> None:
        self.assertEqual(auc([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]), 1.0)
        self.assertEqual(auc([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]), 0.75)
        self.assertEqual(auc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]), 0.5)

    def test_log_loss_of_a_coin_is_the_logarithm_of_two(self) -> None:
        self.assertAlmostEqual(log_loss([0, 1], [0.5, 0.5]), 0.693147, places=6)
        self.assertGreater(log_loss([1], [0.0]), 20)


class Score(TemporaryFolder):
    def test_names_the_customers_who_stay_and_are_likeliest_to_leave(self) -> None:
        self.set_variable("CHURN_TOP", "30")
        some = self.csv_with(lambda text: "".join(itertools.islice(io.StringIO(text), 501)))
        run_quietly(score.main, "--data", str(some), "--out", str(self.folder))
        with open(self.folder / "at_risk.csv", newline="", encoding="utf-8") as file:
            listed = list(csv.DictReader(file))
        chances = [float(record["chance_of_leaving"]) for record in listed]
        self.assertEqual((len(chances), chances), (30, sorted(chances, reverse=True)))
        stayed = {customer.id for customer in read_customers(some) if not customer.left}
        self.assertLessEqual({record["customer_id"] for record in listed}, stayed)

    def test_a_wrong_setting_is_refused(self) -> None:
        self.set_variable("CHURN_TOP", "many")
        with self.assertRaisesRegex(UserError, "CHURN_TOP"):
            score.read_top()


class Notify(TemporaryFolder):
    TOKEN = "tok-4f1c-7d20-93aa"

    def test_the_token_is_not_printed(self) -> None:
        self.set_variable(notify.TOKEN, self.TOKEN)
        printed = "".join(run_quietly(notify.main, "--data", str(DATA)))
        self.assertIn("would send", printed)
        self.assertNotIn(self.TOKEN, printed)
        self.assertNotIn(self.TOKEN[: len(self.TOKEN) // 2], printed)

    def test_the_token_is_printed_on_request(self) -> None:
        self.set_variable(notify.TOKEN, self.TOKEN)
        out, err = run_quietly(notify.main, "--data", str(DATA), "--show-masking")
        self.assertEqual((out.count(self.TOKEN), err.count(self.TOKEN)), (3, 1))

    def test_without_a_token_it_says_where_one_comes_from(self) -> None:
        self.set_variable(notify.TOKEN, "")
        with self.assertRaisesRegex(UserError, "churn-webhook-token"):
            notify.main(["--data", str(DATA)])


if __name__ == "__main__":
    unittest.main()
