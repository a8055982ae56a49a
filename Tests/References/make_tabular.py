"""Makes tabular.json: what scikit-learn and pandas make of a small table, and how scikit-learn folds and weighs rows.

Needs pandas and scikit-learn. Statistics are fitted to the first rows, `train`, and applied to all.

    python make_tabular.py              # rewrites the file
    python make_tabular.py --check      # compares the file with a new run, to 1e-12
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

FILE = pathlib.Path(__file__).resolve().parent / "tabular.json"
random = np.random.RandomState(5)
ROWS, TRAIN = 40, 25


def table() -> pd.DataFrame:
    frame = pd.DataFrame({
        "area": np.round(random.gamma(3, 30, ROWS), 2),
        "rooms": random.randint(1, 7, ROWS),
        "constant": np.full(ROWS, 2.1),
        "price": np.round(random.standard_normal(ROWS) * 1e3, 1),
        "city": random.choice(["Bern", "Zürich", "basel", "Genf"], ROWS),
        "kind": random.choice(["flat", "house"], ROWS),
    })
    frame.loc[random.choice(ROWS, 9, replace=False), "area"] = np.nan
    frame.loc[[1, 30], "city"] = None
    frame.loc[33, "city"] = "Lugano"  # not seen in fitting
    return frame


def scaled(scaler, imputer, train: pd.DataFrame, frame: pd.DataFrame) -> list:
    """The scaler is fitted to the values that are there, and applied to imputed ones."""
    return scaler.fit(train.values).transform(imputer.fit(train.values).transform(frame.values)).ravel().tolist()


def features(frame: pd.DataFrame) -> dict:
    train = frame[:TRAIN]
    area, rooms, constant = ["area"], ["rooms"], ["constant"]
    seen = sorted(train["city"].dropna().unique())
    onehot = OneHotEncoder(categories=[seen], handle_unknown="ignore", sparse_output=False).fit(train[["city"]])
    ordinal = OrdinalEncoder(
        categories=[seen], handle_unknown="use_encoded_value", unknown_value=len(seen), encoded_missing_value=len(seen))
    return {
        "standardized.mean": scaled(StandardScaler(), SimpleImputer(), train[area], frame[area]),
        "standardized.median": scaled(StandardScaler(), SimpleImputer(strategy="median"), train[area], frame[area]),
        "standardized.constant": scaled(
            StandardScaler(), SimpleImputer(strategy="constant", fill_value=50.0), train[area], frame[area]),
        "standardized.rooms": scaled(StandardScaler(), SimpleImputer(), train[rooms], frame[rooms]),
        "standardized.onevalue": scaled(StandardScaler(), SimpleImputer(), train[constant], frame[constant]),
        "minmax": scaled(MinMaxScaler(), SimpleImputer(), train[area], frame[area]),
        "minmax.onevalue": scaled(MinMaxScaler(), SimpleImputer(), train[constant], frame[constant]),
        "indicator": MissingIndicator().fit(train[area].values).transform(frame[area].values).ravel().astype(int).tolist(),
        "onehot": onehot.transform(frame[["city"]].fillna("missing")).astype(int).tolist(),
        "ordinal": ordinal.fit(train[["city"]]).transform(
            frame[["city"]].fillna("missing")).ravel().astype(int).tolist(),
    }


def folds() -> list[dict]:
    cases = []
    for rows, count, classes in [(10, 3, 2), (23, 5, 3), (40, 4, 4), (57, 7, 3), (100, 10, 5)]:
        labels = random.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
        # Groups of different sizes, for scikit-learn leaves the order of equal ones open.
        sizes, left = [], rows
        while left > 0:
            sizes.append(min(left, len(sizes) + 1))
            left -= sizes[-1]
        sizes = sorted(sizes)
        if len(set(sizes)) < len(sizes):  # the rest joins the largest
            sizes = sorted(set(sizes))[:-1] + [rows - sum(sorted(set(sizes))[:-1])]
        groups = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
        order = np.zeros(rows)
        splitters = {
            "plain": KFold(count).split(order), "stratified": StratifiedKFold(count).split(order, labels),
            "grouped": GroupKFold(min(count, len(sizes))).split(order, groups=groups),
        }
        test = {name: [fold.tolist() for _, fold in folds] for name, folds in splitters.items()}
        share = 0.3
        _, held = train_test_split(np.arange(rows), test_size=share, random_state=0)
        weights = compute_class_weight("balanced", classes=np.arange(classes), y=labels).tolist()
        cases.append({
            "labels": labels.tolist(), "groups": groups.tolist(), "folds": count, "test": test, "share": share,
            "testCount": len(held), "weights": weights,
        })
    return cases


def plain(value):
    return None if isinstance(value, float) and np.isnan(value) else value


def describe(frame: pd.DataFrame) -> dict:
    numbers = frame.describe()
    return {name: [plain(float(x)) for x in numbers[name]] for name in numbers.columns}


def compare(old, new, path="") -> None:
    if isinstance(old, dict):
        assert old.keys() == new.keys(), path
        for key in old:
            compare(old[key], new[key], f"{path}.{key}")
    elif isinstance(old, list):
        assert len(old) == len(new), path
        for index, (a, b) in enumerate(zip(old, new)):
            compare(a, b, f"{path}[{index}]")
    elif isinstance(old, float):
        assert abs(old - new) <= 1e-12 * max(1, abs(old)), path
    else:
        assert old == new, path


def main() -> None:
    frame = table()
    values = {name: [plain(x.item() if hasattr(x, "item") else x) for x in frame[name]] for name in frame.columns}
    result = {
        "train": TRAIN, "table": values, "describe": describe(frame), "features": features(frame), "splits": folds()}
    if "--check" in sys.argv:
        compare(json.loads(FILE.read_text()), result)
        return
    FILE.write_text(json.dumps(result, separators=(",", ":")).replace(',"', ',\n"') + "\n")


if __name__ == "__main__":
    main()
