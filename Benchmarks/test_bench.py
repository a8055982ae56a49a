"""Tests that need no framework: floors by hand, ratios, tables, and errors for wrong options."""

import json
import subprocess
import sys
import unittest
from pathlib import Path
from xml.etree import ElementTree

from chart import chart
from floors import Machine, floor, forward_and_backward, parameters
from goals import floor_goal, peer_goal
from page import FIGURES, figures
from peers.workloads import CONVOLUTIONAL, WORKLOADS, Bandwidth, Product, Recurrent, perceptron, recurrence
from report import markdown, table
from results import REFERENCES, Results, Row
from servers import Measurement
from tables import ENTRIES, Entry, line
from tables import table as published

HERE = Path(__file__).resolve().parent
MIB = 1 << 20


def measured(*pairs: tuple[float, float], rate: float | None = None) -> list[Measurement]:
    """Rounds of these bests and medians."""
    return [Measurement(best, median, 9, rate) for best, median in pairs]


class Tables(unittest.TestCase):
    """Results beside published ones."""

    entry = Entry("digits", "MLP", 97, "a book", ("mnist", "--epochs", "3"))

    def test_a_row_has_the_mean_the_deviation_and_the_source(self) -> None:
        result = {"accuracies": [96.0, 97.0, 98.0], "seconds": [1.0, 2.0, 3.0]}
        self.assertEqual(
            line(self.entry, result), "| digits | MLP | 97.00 ± 1.00 | 97 | 2 s | `mnist --epochs 3` | a book |")

    def test_only_rows_with_results_are_shown_and_no_two_have_one_name(self) -> None:
        names = [entry.name for entry in ENTRIES]
        self.assertEqual(len(names), len(set(names)))
        shown = published({names[0]: {"accuracies": [32.0], "seconds": [1.0]}})
        self.assertEqual(len(shown.splitlines()), 3)
        self.assertIn("| 32.00 | 32 |", shown)


class Floors(unittest.TestCase):
    """The floors."""

    endless = Machine(1, {MIB: 1e12})  # memory costs nothing; 1 GFLOP/s, so a floor is in thousands of operations
    idle = Machine(1e12, {MIB: 1})  # arithmetic costs nothing; 1 GB/s, so a floor is in thousands of bytes

    def operations(self, workload: str) -> float:
        return floor(WORKLOADS[workload], self.endless) * 1e3

    def bytes(self, workload: str) -> float:
        return floor(WORKLOADS[workload], self.idle) * 1e3

    def test_the_first_layer_needs_no_input_gradient(self) -> None:
        expected = 2 * 64 * (2 * 128 * 256 + 3 * 256 * 10)
        self.assertAlmostEqual(self.operations("mlp-tiny"), expected, delta=1)

    def test_a_recurrence_has_three_products_of_its_state_and_two_of_its_input(self) -> None:
        expected = 3 * 2 * 32 * 28 * (2 * 28 * 128 + 3 * 128 * 128) + 3 * 2 * 32 * 128 * 10
        self.assertAlmostEqual(self.operations("gru-small"), expected, delta=1)

    def test_a_recurrence_touches_gates_and_states_as_seldom_as_can_be(self) -> None:
        touches = {"rnn": 2 + 2, "lstm": (4 + 4 + 2) + (4 + 1 + 4), "gru": (3 + 3 + 1) + (3 + 3)}
        for cell, count in touches.items():
            phases, _ = forward_and_backward(Recurrent(cell, 28, 128), (32, 28, 28), first=True)
            (between,) = (phase for phase in phases if phase.name == cell)
            self.assertEqual(between.bytes, 4 * 32 * 28 * 128 * count)

    def test_a_convolution_is_a_product_of_its_windows(self) -> None:
        first, second = 6 * 28 * 28 * 25, 16 * 10 * 10 * 6 * 25
        dense = 400 * 120 + 120 * 84 + 84 * 10
        self.assertAlmostEqual(self.operations("conv-small"), 2 * 64 * (2 * first + 3 * (second + dense)), delta=1)

    def test_a_gpt_multiplies_six_times_its_tokens_and_parameters_and_attends(self) -> None:
        tokens, weights = 12 * 64, 4 * 12 * 128**2 + 73 * 128
        pairs = 12 * 4 * (64 * 65 // 2)
        self.assertAlmostEqual(
            self.operations("gpt-tiny"), 6 * tokens * weights + 4 * 3.5 * 4 * pairs * 32, delta=1)  # fmt: skip

    def test_a_convolution_multiplies_its_weights_at_every_place(self) -> None:
        pixels = 64 * (32 * 32 * 3 * 64 * 2 + 16 * 16 * 64 * 128 * 3 + 8 * 8 * 128 * 256 * 3) * 9
        self.assertAlmostEqual(self.operations("conv-cifar"), 2 * (pixels + 3 * 64 * 4096 * 10), delta=1)
        depthwise, pointwise = 32 * 32 * 32 * 64 * 9 * 2, 32 * 32 * 32 * 64 * 128 * 3
        self.assertAlmostEqual(
            self.operations("mobilenet-block"), 2 * (depthwise + pointwise + 3 * 32 * 128 * 10), delta=1)  # fmt: skip
        doubled = 32 * 16 * 16 * 64 * 32 * 16 * 2 + 32 * 32 * 32 * 32 * 16 * 16 * 3
        self.assertAlmostEqual(self.operations("conv-transpose"), 2 * (doubled + 3 * 32 * 16 * 10), delta=1)

    def test_adam_moves_28_bytes_a_number(self) -> None:
        self.assertAlmostEqual(self.bytes("ew-adam10M"), 280e6, delta=1)

    def test_an_epoch_has_a_smaller_last_batch(self) -> None:
        step = 2 * (2 * 784 * 256 + 3 * 256 * 10)
        self.assertAlmostEqual(self.operations("epoch-mnist"), 10_000 * step, delta=1e3)

    def test_parameters_are_those_of_pytorch(self) -> None:
        self.assertEqual(parameters(perceptron(784, 256, 10)), 203_530)
        self.assertEqual(parameters(recurrence("lstm", 28, 128)), 80_896 + 1_290)
        self.assertEqual(parameters(CONVOLUTIONAL), 61_706)  # LeNet-5

    def test_bandwidth_lies_between_the_sizes_measured_and_never_rises_with_size(self) -> None:
        machine = Machine(1, {MIB: 200, 4 * MIB: 240, 16 * MIB: 60})
        self.assertEqual(machine.bandwidth(1000), 240)
        self.assertAlmostEqual(machine.bandwidth(8 * MIB), 150)  # halfway by the logarithm
        self.assertEqual(machine.bandwidth(100 * MIB), 60)

    def test_floors_on_two_cores_of_zen_5(self) -> None:
        rates = {1: 240, 4: 190, 16: 150, 32: 59, 64: 57, 256: 48}
        machine = Machine(495, {size * MIB: rate for size, rate in rates.items()})
        expected = {
            "mlp-tiny": 23, "mlp-mnist": 136, "mlp-mnist-b32": 32, "mlp-bn": 950, "mlp-wide": 5824,
            "mlp-2048": 48_363, "mlp-deep": 4082, "rnn-small": 215, "lstm-small": 872, "gru-small": 649,
            "rnn-big": 6233, "lstm-big": 25_135, "gru-big": 18_772,
        }  # fmt: skip
        for name, microseconds in expected.items():
            with self.subTest(name):
                self.assertLess(abs(floor(WORKLOADS[name], machine) / microseconds - 1), 0.04)


class Ratios(unittest.TestCase):
    """The ratios derived from measurements."""

    row = Row("mlp-mnist", 2, {
        "strata": measured((90, 100), (80, 120), (85, 110)),
        "jax": measured((190, 200), (150, 300), (160, 220)),
        "torch-eager": measured((140, 400), (145, 410), (150, 405)),
    }, floor=40)  # fmt: skip

    def test_medians_are_those_of_the_rounds_and_bests_may_be_of_another_peer(self) -> None:
        self.assertEqual(self.row.fastest_peer, "jax")
        self.assertEqual(self.row.ratio, 110 / 220)
        self.assertEqual(self.row.best_ratio, 80 / 140)
        self.assertEqual(self.row.floor_ratio, 2)

    def test_a_goal_is_missed_by_the_median_or_by_the_floor(self) -> None:
        self.assertEqual(len(self.row.misses), 1)  # 0.50 of 0.70 is kept, 2.00 of 1.6 is not
        slow = Row("mlp-mnist", 2, self.row.rounds | {"strata": measured((90, 200))}, floor=80)
        self.assertIn("0.91 to jax", slow.misses[0])

    def test_every_workload_has_a_goal_but_the_bandwidths(self) -> None:
        for name, workload in WORKLOADS.items():
            for workers in (1, 2):
                self.assertEqual(peer_goal(name, workers) is None, isinstance(workload, Bandwidth), name)
        self.assertEqual(peer_goal("mlp-mnist-b32", 2), 0.80)
        self.assertEqual(floor_goal("lstm-big", 2), 1.8)
        self.assertIsNone(floor_goal("lstm-big", 1))

    def test_a_row_without_strata_or_without_peers_has_no_ratio(self) -> None:
        self.assertIsNone(Row("mlp-tiny", 2, {"jax": measured((1, 1))}).ratio)
        self.assertIsNone(Row("mlp-tiny", 2, {"strata": measured((1, 1))}, floor=1).ratio)
        self.assertIn("–", table([Row("mlp-tiny", 2, {"strata": measured((1, 1))})]))


class Reports(unittest.TestCase):
    """The table, the chart and the JSON of a run."""

    def setUp(self) -> None:
        facts = ["cpu", "cores", "system", "date", "commit", "swift", "python"]
        self.results = Results(
            dict.fromkeys(facts, "known"), {"strata": "s 1", "jax": "jax 2"},
            {"workloads": "mlp-.*", "rounds": 1, "seconds": 1})  # fmt: skip
        for name in [*REFERENCES, "mlp-tiny", "mlp-wide"]:
            rate = {Product: 500.0, Bandwidth: 100.0}.get(type(WORKLOADS[name]))
            rounds = {"strata": measured((80, 90), rate=rate), "jax": measured((100, 120), rate=rate)}
            self.results.rows.append(Row(name, 2, rounds))
        self.results.set_floors()

    def test_only_what_was_asked_for_is_shown(self) -> None:
        text = markdown(self.results)
        self.assertIn("| mlp-wide", text)
        self.assertNotIn("| gemm", text)
        self.assertIn("jax 2", text)
        rows = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual(len({line.count("|") for line in rows}), 1)

    def test_the_chart_is_xml_with_a_bar_for_each_workload(self) -> None:
        tree = ElementTree.fromstring(chart(self.results))
        bars = [title.text for title in tree.iter("{http://www.w3.org/2000/svg}title")][1:]
        self.assertEqual(len(bars), 2)
        self.assertEqual(bars[0], "mlp-tiny, 2 workers against 2 threads: 0.75 of jax")

    def test_the_page_has_a_row_for_each_workload(self) -> None:
        page = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"
        text = FIGURES.sub(lambda _: figures(self.results), page)
        self.assertIn("| mlp-wide | 80.0 / 90.0 | jax | 100 / 120 | 0.75 |", text)
        self.assertNotIn("old", text)
        self.assertTrue(text.startswith("before\n<!--") and text.endswith("-->\nafter\n"))

    def test_json_has_every_round(self) -> None:
        rows = json.loads(json.dumps(self.results.json()))["rows"]
        self.assertEqual(rows[-1]["frameworks"]["jax"]["rounds"][0]["median"], 120)


class Options(unittest.TestCase):
    """Wrong command lines end with 64 and a reason."""

    def refused(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, HERE / "bench.py", *arguments], capture_output=True, text=True, timeout=60
        )
        self.assertEqual(done.returncode, 64, done.stderr)
        return done.stderr

    def test_each_names_its_reason(self) -> None:
        self.assertIn("--bogus", self.refused("--bogus"))
        self.assertIn("--round", self.refused("--round", "3", "--workloads", "mpl"))
        self.assertIn("a whole number from 1, not '0'", self.refused("--rounds", "0"))
        self.assertIn("a number above 0, not 'inf'", self.refused("--seconds", "inf"))
        self.assertIn("a regular expression", self.refused("--workloads", "("))
        self.assertIn("no workload is called mpl", self.refused("--workloads", "mpl"))
        self.assertIn("/nowhere", self.refused("--python", "/nowhere"))


if __name__ == "__main__":
    unittest.main()
