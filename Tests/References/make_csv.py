"""Makes csv.json: files in 32 dialects of CSV, and what pandas reads of them.

Needs pandas alone. A dialect is {"text", "options", "columns"}: the file, what Strata's `CSV` is set to beside its
defaults, and of each column its name, its type and its values, null where one is missing. Booleans are text, and numbers
are read to the nearest double; both as Strata has them.

    python make_csv.py              # rewrites the file
    python make_csv.py --check      # compares the file with a new run
"""

import io
import json
import pathlib
import sys

import pandas as pd

FILE = pathlib.Path(__file__).resolve().parent / "csv.json"

# Name, text, arguments of pandas beside the defaults, options of Strata beside the defaults.
DIALECTS = [
    ("plain", "a,b,c\n1,2.5,x\n2,3.5,y\n", {}, {}),
    ("no newline at the end", "a,b\n1,x\n2,y", {}, {}),
    ("carriage return and line feed", "a,b\r\n1,x\r\n2,y\r\n", {}, {}),
    ("carriage return alone", "a,b\r1,x\r2,y\r", {}, {}),
    ("mixed line ends", "a,b\r\n1,x\n2,y\r3,z\n", {}, {}),
    ("byte order mark", "\ufeffa,b\n1,x\n", {"encoding": "utf-8"}, {}),
    ("semicolons", "a;b;c\n1;2.5;x y\n2;3.5;z\n", {"sep": ";"}, {}),
    ("tabs", "a\tb\tc\n1\t2.5\tx, y\n2\t3.5\tz\n", {"sep": "\t"}, {}),
    ("bars", "a|b\n1|x\n2|y\n", {"sep": "|"}, {}),
    ("colons, given", "a:b\n1:x\n2:y\n", {"sep": ":"}, {"delimiter": ":"}),
    ("decimal commas", "a;b\n1,5;2\n-2,25;3\n1e3;4\n", {"sep": ";", "decimal": ","}, {"decimalPoint": ","}),
    ("quotes", '"a","b"\n"1","x"\n"2","y"\n', {}, {}),
    ("delimiters in quotes", 'a,b\n1,"x, y"\n2,"z"\n', {}, {}),
    ("doubled quotes", 'a,b\n1,"he said ""no"""\n2,""""\n3,""""""\n', {}, {}),
    ("line ends in quotes", 'a,b\n1,"x\ny"\n2,"z\r\n\r\nw"\n3,v\n', {}, {}),
    ("quotes within a cell", 'a,b\n1,5" pipe\n2,x"y"z\n', {}, {}),
    ("empty lines", "a,b\n\n1,x\n\n\n2,y\n\n", {}, {}),
    ("empty cells", "a,b,c\n1,,x\n,2.5,\n3,4,y\n,,\n", {}, {}),
    ("a column without values", "a,b,c\n1,,x\n2,,y\n", {}, {}),
    ("the words for missing", "a,b\n1,x\nNA,NA\nNaN,null\nn/a,None\n#N/A,<NA>\n-nan,N/A\n2,y\n", {}, {}),
    ("quoted words for missing", 'a,b\n1,x\n"NA","NA"\n"","nan"\n3,y\n', {}, {}),
    (
        "other words for missing", "a,b\n1,NA\n-999,x\n2,unknown\n",
        {"keep_default_na": False, "na_values": ["-999", "unknown"]}, {"missing": ["-999", "unknown"]},
    ),
    (
        "numbers in all spellings",
        "a,b,c\n1,1e3,+1.5\n-2,-2.5E-3,.5\n+3,1.,5.\n007,0.1,-0.0\n0,1E+2,00.50\n", {}, {},
    ),
    (
        "long numbers",
        "a,b\n9223372036854775807,0.1234567890123456789\n-9223372036854775808,3.141592653589793238462643383\n"
        "123456789012345678,2.2250738585072014e-308\n0,1.7976931348623157e308\n1,4.9e-324\n"
        "2,9007199254740993.0\n3,0.000000000000000000012345678901234567\n4,179769313486231580793e289\n",
        {}, {},
    ),
    ("infinities", "a\ninf\n-inf\nInfinity\n1.5\n-Infinity\n", {}, {}),
    ("spaces around numbers", "a,b\n 1, 2.5\n2 ,3.5 \n 3 , 4.5 \n", {}, {}),
    ("spaces around text", "a,b\n x,y \nz , w\n", {}, {}),
    ("integers, then a fraction", "a\n1\n2\n3.5\n4\n", {}, {}),
    ("numbers, then a word", "a,b\n1,1\n2,2\nx,3\n4.5,4\n", {"dtype": {"a": str}}, {}),
    ("text that was asked for", "a,b\n007,1\n012,2\n", {"dtype": {"a": str}}, {"types": {"a": "text"}}),
    ("decimals that were asked for", "a,b\n1,1\n2,2\n", {"dtype": {"a": float}}, {"types": {"a": "decimal"}}),
    ("no header", "1,2.5,x\n2,3.5,y\n", {"header": None}, {}),
    ("a header of numbers", "2019,2020\n1,2\n3,4\n", {"header": 0}, {"hasHeader": True}),
    ("text alone, without a header", "x,y\nz,w\n", {"header": None}, {"hasHeader": False}),
    ("other scripts", "имя,größe\nАнна,1.5\n李,2.5\n😀,3.5\n", {}, {}),
    ("dates", "day,x\n2024-01-31,1\n2024-02-29,2\n", {}, {}),
    ("truth values", "a,b\nTrue,1\nFalse,2\n", {}, {}),
    ("one column", "a\n1\n2\n\n3\n", {}, {}),
    ("many digits of an identifier", "id,x\n18446744073709551615,1\n18446744073709551614,2\n", {"dtype": {"id": float}}, {}),
]


def column(series: pd.Series) -> dict:
    missing = series.isna()
    if pd.api.types.is_bool_dtype(series):
        kind, values = "text", [str(value) for value in series]
    elif pd.api.types.is_integer_dtype(series):
        kind, values = "integer", [int(value) for value in series]
    elif pd.api.types.is_float_dtype(series):
        # As text where JSON has no such number.
        kind = "decimal"
        values = [None if m else float(v) if abs(v) != float("inf") else str(v) for v, m in zip(series, missing)]
    else:
        kind, values = "text", [None if m else v for v, m in zip(series, missing)]
    return {"name": str(series.name), "type": kind, "values": values}


def dialect(text: str, arguments: dict, options: dict) -> dict:
    frame = pd.read_csv(io.BytesIO(text.encode()), **arguments)
    if arguments.get("header", 0) is None:
        frame.columns = [f"column {index + 1}" for index in range(len(frame.columns))]
    return {"text": text, "options": options, "columns": [column(frame[name]) for name in frame.columns]}


def main() -> None:
    cases = {name: dialect(text, arguments, options) for name, text, arguments, options in DIALECTS}
    result = json.dumps(cases, indent=1, ensure_ascii=True) + "\n"
    if "--check" in sys.argv:
        sys.exit(0 if FILE.read_text() == result else f"{FILE.name} differs from what pandas {pd.__version__} reads")
    FILE.write_text(result)
    print(f"{len(cases)} dialects, {len(result)} bytes")


if __name__ == "__main__":
    main()
