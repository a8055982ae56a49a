"""Opens the pages of the book in Chromium and compares what they compute with what Strata does.

Usage:  check_book.py CHROMIUM DIRECTORY        DIRECTORY has the pages and expected.json that book.sh makes; screenshots go
                                                there.

Each page must have no error, ask for nothing from a network, and fit the width of a desk and of a telephone. The sliders of
"shapes" go to 200 settings, where the page must show memoryPlan's numbers. "graph" derives 500 expressions, whose nodes and
steps must be the tape's, and shows faults at their places. The quiz is answered by keys.
"""

import json
import pathlib
import re
import sys

from browser import opened

chromium, directory = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
expected = json.loads((directory / "expected.json").read_text())


def page(name):
    return directory / (name + ".html")


def press(browser, key, code=None):
    text = {"text": key} if len(key) == 1 else {}
    browser.call("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code or key, **text})
    browser.call("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code or key})


def near(a, b, tolerance):
    return abs(a - b) <= tolerance * max(1, abs(a), abs(b))


def check_pages(browser):
    names = sorted(path.stem for path in directory.glob("*.html"))
    links = set()
    for name in names:
        for view in browser.views(page(name)):
            text = browser.evaluate("document.body.innerText")
            assert len(text) > 300 and "undefined" not in text, name
            browser.screenshot(directory / f"{name}-{view}.png")
        links |= set(browser.evaluate("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"))
    missing = [link for link in links if "//" not in link and not (directory / link).exists()]
    assert not missing, missing
    print(f"book: {len(names)} pages without an error, at two widths, in light and dark")


def check_shapes(browser):
    """Each slider is moved to each setting, as a hand does it; the page must show the numbers of memoryPlan."""
    browser.open(page("shapes"))
    for case in expected["shapes"]:
        settings = case["settings"]
        wanted = {key: settings[key] for key in ("batch", "inputs", "depth", "outputs", "bytes", "optimizer")}
        wanted |= {f"hidden{place + 1}": width for place, width in enumerate(settings["hidden"])}
        shown = browser.evaluate("""((wanted) => {
          for (const [key, value] of Object.entries(wanted)) {
            const input = document.getElementById(key), place = lab.controls[key].values.indexOf(value);
            if (input.tagName === "SELECT") input.selectedIndex = place; else input.value = place;
            input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input"));
          }
          const parts = [...document.querySelectorAll("dd[data-part]")].map((dd) => dd.title);
          const rows = [...memory.querySelectorAll("tbody tr")].map((row) =>
            [...row.cells].slice(1).map((cell) => cell.innerText));
          return [...parts.slice(0, 3), ...rows.flat()];
        })(%s)""" % json.dumps(wanted))
        numbers = [int(re.sub(r"\D", "", text)) for text in shown]
        assert numbers == case["numbers"], (wanted, numbers, case["numbers"])
    # One step by the keyboard.
    browser.evaluate("document.getElementById('batch').focus()")
    before = browser.evaluate("lab.settings.batch")
    press(browser, "ArrowLeft" if before > 1 else "ArrowRight")
    assert browser.evaluate("lab.settings.batch") != before
    assert not browser.faults(), browser.faults()
    print(f"book: shapes: {len(expected['shapes'])} settings of the sliders, the bytes and products of memoryPlan")


def check_graph(browser):
    browser.open(page("graph"))
    found = browser.evaluate("""((cases) => cases.map(({text, values}) => {
      const expression = parse(text);
      const tape = record(expression, readValues(values.join(" "), expression.names));
      const name = (at) => tape.nodes[at].name;
      return {
        value: tape.value, gradients: expression.names.map((_, at) => tape.gradients[at] ?? 0),
        forward: tape.nodes.map((node) => [node.name, node.computation, node.value]),
        backward: tape.steps.map((step) =>
          [name(step.node), `∂${name(step.from)}/∂${name(step.node)}`, step.local, step.upstream, step.gradient]),
      };
    }))(%s)""" % json.dumps(expected["expressions"]))
    for case, tape in zip(expected["expressions"], found):
        text = (case["text"], case["values"])
        assert near(case["value"], tape["value"], 1e-9), (text, case["value"], tape["value"])
        assert len(case["gradients"]) == len(tape["gradients"]), text
        for a, b in zip(case["gradients"], tape["gradients"]):
            assert near(a, b, 1e-9), (text, case["gradients"], tape["gradients"])
        assert [row[:2] for row in case["forward"]] == [row[:2] for row in tape["forward"]], (text, case["forward"], tape["forward"])
        for a, b in zip(case["forward"], tape["forward"]):
            assert near(float(a[2]), b[2], 1e-4), (text, a, b)
        steps = [[row[0], *row[1].split(" = "), *row[2:]] for row in case["backward"]]
        assert [row[:2] for row in steps] == [row[:2] for row in tape["backward"]], (text, steps, tape["backward"])
        for a, b in zip(steps, tape["backward"]):
            assert all(near(float(x), y, 1e-4) for x, y in zip(a[2:], b[2:])), (text, a, b)
    for case in expected["faults"]:
        reason, offset = browser.evaluate("""((text) => {
          try { parse(text); } catch (error) { return [error.message, error.offset]; }
          return ["none", -1];
        })(%s)""" % json.dumps(case["text"]))
        assert (reason, offset) == (case["reason"], case["offset"]), (case, reason, offset)
    # What is typed, and the way through it by keys.
    for field, text in (("formula", "(w*x + b - y)^2"), ("values", "w=2 x=3 b=1 y=8")):
        browser.evaluate(f"document.getElementById('{field}').select()")
        browser.evaluate(f"document.getElementById('{field}').focus()")
        browser.call("Input.insertText", {"text": text})
    browser.evaluate("document.querySelector('form').requestSubmit(); document.activeElement.blur()")
    shown = browser.evaluate("tables.innerText")
    for row in ("v4\tw · x\t6", "v5\tv4 + b\t7", "L\tv6^2\t1", "w\t∂v4/∂w = 3\t-2\t-6", "b\t∂v5/∂b = 1\t-2\t-2"):
        assert row in shown, (row, shown)
    press(browser, "Home")
    press(browser, "ArrowRight")
    assert "Forward: w = 2" in browser.evaluate("caption.innerText"), browser.evaluate("caption.innerText")
    browser.evaluate("document.getElementById('formula').value = 'w * '; document.querySelector('form').requestSubmit()")
    assert "a value is missing at the end" in browser.evaluate("fault.innerText")
    assert not browser.faults(), browser.faults()
    print(f"book: graph: {len(found)} expressions as the tape derives them, {len(expected['faults'])} faults at their places")


def check_memory(browser):
    browser.open(page("memory"))
    for part, bytes in (("parameters", 14e9), ("gradients", 14e9), ("optimizer", 56e9), ("float32 copy", 28e9)):
        shown = browser.evaluate(f"document.querySelector('dd[data-part=\"{part}\"]').title")
        assert int(re.sub(r"\D", "", shown)) == bytes, (part, shown)
    assert "112 GB" in browser.evaluate("document.querySelector('.figures').innerText")
    kind = browser.evaluate("""training({...lab.settings, precision: "bf16", layers: 80, features: 8192, sequence: 8192,
      batch: 1}).tensor * 80""")
    assert kind == 8192 * 8192 * 80 * 2, kind
    for case in expected["blocks"]:
        settings = {key: case[key] for key in ("layers", "features", "sequence", "batch")}
        for strategy, bytes in case["bytes"].items():
            found = browser.evaluate("training({...lab.settings, ...%s}).activations"
                                     % json.dumps({**settings, "precision": "float32", "strategy": strategy}))
            assert found == bytes, (settings, strategy, found, bytes)
    before = browser.evaluate("document.querySelector('.figures').innerText")
    browser.evaluate("document.getElementById('layers').focus()")
    press(browser, "ArrowRight")
    assert browser.evaluate("document.querySelector('.figures').innerText") != before
    assert not browser.faults(), browser.faults()
    print(f"book: memory: the chapter's 112 GB, and {len(expected['blocks'])} transformers with the bytes of memoryPlan")


def check_flow(browser):
    browser.open(page("flow"))
    count = browser.evaluate("""(() => {
      let count = 0;
      for (const activation of given.activations) for (const initializer of given.initializers)
        for (const norm of given.norms) for (const residual of [false, true]) for (const depth of given.depths) {
          const values = curve({activation, initializer, norm, residual, depth});
          if (values.length !== depth || values.some((value) => !Number.isFinite(value))) throw new Error(activation);
          count += 1;
        }
      return count;
    })()""")
    for key, value, text in (("depth", 50, ""), ("activation", "sigmoid", "vanishes"), ("activation", "ReLU", "vanishes"),
                             ("initializer", "He", "arrives"), ("initializer", "too large", "explodes")):
        browser.evaluate("lab.set(%s)" % json.dumps([key, value])[1:-1])
        assert text in browser.evaluate("note.innerText"), (key, value, browser.evaluate("note.innerText"))
    assert not browser.faults(), browser.faults()
    print(f"book: flow: {count} networks")


def check_quiz(browser):
    browser.open(page("quiz"))
    questions = browser.evaluate("given.questions")
    assert len(questions) == 40
    for place, question in enumerate(questions):
        # The first is answered wrongly.
        answer = question["right"] if place else (question["right"] + 1) % 4
        press(browser, str(answer + 1))
        text = browser.evaluate("body.innerText")
        assert ("Right." in text) == (place > 0) and question["code"].split("\n")[0] in text, text
        if place + 1 < len(questions):
            press(browser, "ArrowRight")
    assert "39 of 40 right" in browser.evaluate("head.innerText")
    browser.screenshot(directory / "quiz-answered.png")
    assert not browser.faults(), browser.faults()
    print("book: quiz: 40 questions answered by keys")


with opened(chromium) as browser:
    check_pages(browser)
    check_shapes(browser)
    check_graph(browser)
    check_memory(browser)
    check_flow(browser)
    check_quiz(browser)
