/** Which option of each question was chosen; null where none was yet. */
const answers = given.questions.map(() => null);
let place = 0;

const head = make("p", { class: "caption", role: "status" });
const body = make("div", { class: "question" });
const dots = make("div", { class: "dots", role: "group", "aria-label": "Questions" });

function choose(option) {
  if (answers[place] !== null || option >= given.questions[place].options.length) return;
  answers[place] = option;
  show();
  document.getElementById("next").focus({ preventScroll: true });
}

function go(to) {
  place = Math.max(0, Math.min(given.questions.length - 1, to));
  show();
}

function show() {
  const question = given.questions[place], chosen = answers[place];
  const done = answers.filter((answer) => answer !== null).length;
  const right = answers.filter((answer, at) => answer === given.questions[at].right).length;
  head.textContent = `Question ${place + 1} of ${given.questions.length}, ${question.level}. `
    + (done ? `${right} of ${done} right.` : "Press 1 to 4 to answer, and the arrow keys to move.");
  const options = question.options.map((text, at) => {
    const isRight = at === question.right;
    const state = chosen === null ? "" : isRight ? " good" : at === chosen ? " bad" : "";
    const mark = chosen === null ? "" : isRight ? " ✓" : at === chosen ? " ✗" : "";
    const pressed = String(at === chosen);
    return make("button", { type: "button", class: "option" + state, "aria-pressed": pressed, onclick: () => choose(at) },
      make("b", {}, String(at + 1)), make("span", {}, text + mark));
  });
  const answer = chosen === null ? [] : [
    make("p", { class: chosen === question.right ? "right" : "wrong" },
      (chosen === question.right ? "Right. " : "Not quite. ") + question.why),
    make("pre", { tabindex: "0" }, question.code), make("pre", { class: "output" }, question.output),
    make("p", {}, make("a", { href: question.chapter + ".html" }, "Read the chapter: " + question.chapterTitle)),
  ];
  body.replaceChildren(make("h2", {}, question.text), make("div", { class: "options" }, options), ...answer,
    make("p", { class: "buttons" },
      make("button", { type: "button", onclick: () => go(place - 1) }, "◀ Back"),
      make("button", { type: "button", id: "next", onclick: () => go(place + 1) }, "Next ▶")));
  dots.replaceChildren(...given.questions.map((question, at) => {
    const state = answers[at] === null ? "" : answers[at] === question.right ? " good" : " bad";
    return make("button", {
      type: "button", class: "dot" + state + (at === place ? " now" : ""), "aria-label": `Question ${at + 1}`,
      onclick: () => go(at),
    }, String(at + 1));
  }));
}

document.getElementById("app").append(head, body, dots);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1);
  else if (event.key === "ArrowRight") go(place + 1);
  else if (event.key === "ArrowLeft") go(place - 1);
});
show();
