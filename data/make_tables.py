"""Makes wine.csv from scikit-learn's copy of the data set, and sea-temperatures.csv from that of statsmodels.

    pip install scikit-learn statsmodels pandas
    python data/make_tables.py              # or with --check, which compares the files with a new run
"""

import math
import pathlib
import sys

import pandas as pd
import statsmodels.api as sm
from sklearn.datasets import load_wine

DIRECTORY = pathlib.Path(__file__).resolve().parent
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def wine() -> pd.DataFrame:
    bunch = load_wine(as_frame=True)
    frame = bunch.data.rename(columns={"od280/od315_of_diluted_wines": "od280_od315", "alcalinity_of_ash": "alkalinity"})
    frame["magnesium"] = frame["magnesium"].astype(int)
    frame["proline"] = frame["proline"].astype(int)
    frame["cultivar"] = bunch.target.map({0: "first", 1: "second", 2: "third"})
    return frame


def sea_temperatures() -> pd.DataFrame:
    years = sm.datasets.elnino.load_pandas().data
    rows = [
        (f"{int(year['YEAR'])}-{month + 1:02d}", year[name]) for _, year in years.iterrows()
        for month, name in enumerate(MONTHS)
    ]
    frame = pd.DataFrame(rows, columns=["month", "temperature"])
    # The place in the year as two columns, so that December is beside January.
    angles = [2 * math.pi * (row % 12) / 12 for row in frame.index]
    frame["season_sine"] = [round(math.sin(angle), 4) for angle in angles]
    frame["season_cosine"] = [round(math.cos(angle), 4) for angle in angles]
    return frame


def main() -> None:
    faults = []
    for name, frame in {"wine.csv": wine(), "sea-temperatures.csv": sea_temperatures()}.items():
        text = frame.to_csv(index=False, lineterminator="\n")
        if "--check" in sys.argv:
            faults += [] if (DIRECTORY / name).read_text() == text else [name]
        else:
            (DIRECTORY / name).write_text(text)
    if faults:
        sys.exit(f"not as committed: {', '.join(faults)}")


if __name__ == "__main__":
    main()
