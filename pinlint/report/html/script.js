"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const RANK = { error: 0, warning: 1, note: 2 };
  const [RULE, PATH, LINE, COLUMN, MESSAGE, KIND, NAME, FIXABLE, TEXT, START, END] = Array(11).keys();
  const PRINTED = 2000;
  const form = document.querySelector(".filter"), scroller = document.querySelector(".scroller");
  const body = scroller.querySelector("tbody"), count = form.querySelector(".count"), dialog = document.querySelector("dialog");
  if (!data.findings.length) { count.textContent = "Nothing found."; form.hidden = false; return; }
  form.hidden = scroller.hidden = false;
  const severity = one => data.rules[one[RULE]][1];
  const words = data.findings.map(one => [one[RULE], data.rules[one[RULE]][0], one[PATH], one[MESSAGE], one[KIND], one[NAME]].join("\n").toLowerCase());
  let order = [...data.findings.keys()], chosen = order, sorted = "severity", down = false, height = 36, shown = [-1, -1];

  const compare = {
    severity: (a, b) => RANK[severity(a)] - RANK[severity(b)],
    rule: (a, b) => a[RULE] < b[RULE] ? -1 : a[RULE] > b[RULE] ? 1 : 0,
    path: (a, b) => a[PATH] < b[PATH] ? -1 : a[PATH] > b[PATH] ? 1 : a[LINE] - b[LINE],
    message: (a, b) => a[MESSAGE] < b[MESSAGE] ? -1 : a[MESSAGE] > b[MESSAGE] ? 1 : 0,
  };

  function state() {
    const fields = new FormData(form);
    const kept = new URLSearchParams();
    for (const name of ["q", "severity", "rule", "fixable"]) if (fields.get(name)) kept.set(name, fields.get(name));
    if (sorted !== "severity" || down) kept.set("sort", (down ? "-" : "") + sorted);
    return kept;
  }

  function filter() {
    const kept = state(), asked = (kept.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    chosen = order.filter(n => {
      const one = data.findings[n];
      return (!kept.has("severity") || severity(one) === kept.get("severity"))
        && (!kept.has("rule") || one[RULE] === kept.get("rule"))
        && (!kept.has("fixable") || one[FIXABLE])
        && asked.every(word => words[n].includes(word));
    });
    count.textContent = `${chosen.length.toLocaleString("en")} of ${data.findings.length.toLocaleString("en")}`;
    scroller.querySelector("table").setAttribute("aria-rowcount", chosen.length + 1);
    shown = [-1, -1];
    draw();
  }

  function sort() {
    const sign = down ? -1 : 1;
    order = [...data.findings.keys()].sort((a, b) => sign * compare[sorted](data.findings[a], data.findings[b]) || a - b);
    for (const button of scroller.querySelectorAll("[data-sort]")) {
      button.parentElement.setAttribute("aria-sort", button.dataset.sort !== sorted ? "none" : down ? "descending" : "ascending");
    }
  }

  function keep() {
    const text = state().toString();
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { /* some places refuse it */ }
  }

  function cell(row, text, name) {
    const made = document.createElement("td");
    made.textContent = text;
    if (name) made.className = name;
    row.append(made);
  }

  function gap(rows) {
    const row = document.createElement("tr");
    row.className = "gap";
    row.setAttribute("aria-hidden", "true");
    row.style.height = rows * height + "px";
    const only = document.createElement("td");
    only.colSpan = 4;
    row.append(only);
    return row;
  }

  function row(at) {
    const n = chosen[at], one = data.findings[n], made = document.createElement("tr");
    made.dataset.n = n;
    made.tabIndex = -1;
    made.setAttribute("aria-rowindex", at + 2);
    cell(made, severity(one), severity(one));
    cell(made, one[RULE]);
    cell(made, `${one[PATH]}:${one[LINE]}`);
    cell(made, one[MESSAGE]);
    return made;
  }

  function draw(all) {
    const from = all ? 0 : Math.max(0, Math.floor(scroller.scrollTop / height) - 20);
    const to = all ? Math.min(chosen.length, PRINTED) : Math.min(chosen.length, from + Math.ceil(scroller.clientHeight / height) + 40);
    if (from === shown[0] && to === shown[1]) return;
    const at = document.activeElement && body.contains(document.activeElement) ? document.activeElement.dataset.n : undefined;
    const rows = [];
    if (from) rows.push(gap(from));
    for (let i = from; i < to; i++) rows.push(row(i));
    if (to < chosen.length && !all) rows.push(gap(chosen.length - to));
    body.replaceChildren(...rows);
    shown = [from, to];
    const first = body.querySelector("tr[data-n]");
    if (first) {
      const real = first.getBoundingClientRect().height;
      if (Math.abs(real - height) > 0.5 && !all) { height = real; shown = [-1, -1]; draw(); return; }
      const again = at !== undefined && body.querySelector(`tr[data-n="${at}"]`);
      (again || first).tabIndex = 0;
      if (again) again.focus({ preventScroll: true });
    }
  }

  function open(n) {
    const one = data.findings[n], [name, level] = data.rules[one[RULE]];
    document.getElementById("one-title").textContent = `${level}: ${one[RULE]} ${name}`;
    dialog.querySelector(".place").textContent = `${one[PATH]}:${one[LINE]}:${one[COLUMN]}`;
    dialog.querySelector(".message").textContent = one[MESSAGE];
    const excerpt = dialog.querySelector(".excerpt"), code = excerpt.querySelector("code"), mark = document.createElement("mark");
    excerpt.hidden = !one[TEXT];
    const characters = [...one[TEXT]];
    mark.textContent = characters.slice(one[START], one[END]).join("");
    code.replaceChildren(characters.slice(0, one[START]).join(""), mark, characters.slice(one[END]).join(""));
    const more = dialog.querySelector(".more"), link = document.createElement("a");
    link.href = "#page-" + one[RULE];
    link.textContent = "why, and what to write instead";
    link.addEventListener("click", event => { event.preventDefault(); dialog.close(); page(one[RULE]); });
    more.replaceChildren(one[FIXABLE] ? "It can be fixed safely with pinlint --fix; " : "", link);
    dialog.showModal();
  }

  function page(rule) {
    const place = document.getElementById("page-" + rule);
    if (!place) return;
    place.open = true;
    place.scrollIntoView();
    place.querySelector("summary").focus();
  }

  function move(row, by) {
    const at = Number(row.getAttribute("aria-rowindex")) - 2 + by, next = Math.max(0, Math.min(chosen.length - 1, at));
    const top = next * height, head = scroller.querySelector("thead").offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height + head > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + height + head - scroller.clientHeight;
    draw();
    const found = body.querySelector(`tr[aria-rowindex="${next + 2}"]`);
    if (!found) return;
    for (const other of body.querySelectorAll('tr[tabindex="0"]')) other.tabIndex = -1;
    found.tabIndex = 0;
    found.focus({ preventScroll: true });
  }

  const wanted = new URLSearchParams(location.hash.startsWith("#page-") ? "" : location.hash.slice(1));
  for (const name of ["q", "severity", "rule"]) if (wanted.get(name)) form.elements[name].value = wanted.get(name);
  form.elements.fixable.checked = wanted.has("fixable");
  const by = (wanted.get("sort") || "severity").replace(/^-/, "");
  if (by in compare) { sorted = by; down = (wanted.get("sort") || "").startsWith("-"); }
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { scroller.scrollTop = 0; filter(); keep(); }, 60); });
  form.addEventListener("submit", event => event.preventDefault());
  scroller.addEventListener("scroll", () => requestAnimationFrame(() => draw()));
  addEventListener("resize", () => { shown = [-1, -1]; draw(); });
  addEventListener("beforeprint", () => { shown = [-1, -1]; draw(true); for (const one of document.querySelectorAll("details")) one.dataset.was = one.open; });
  addEventListener("afterprint", () => { shown = [-1, -1]; draw(); });
  scroller.querySelector("thead").addEventListener("click", event => {
    const button = event.target.closest("[data-sort]");
    if (!button) return;
    down = sorted === button.dataset.sort && !down;
    sorted = button.dataset.sort;
    sort(); filter(); keep();
  });
  body.addEventListener("click", event => { const one = event.target.closest("tr[data-n]"); if (one) open(Number(one.dataset.n)); });
  body.addEventListener("keydown", event => {
    const one = event.target.closest("tr[data-n]");
    if (!one) return;
    const far = Math.max(1, Math.floor(scroller.clientHeight / height) - 2);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: far, PageUp: -far, Home: -chosen.length, End: chosen.length }[event.key];
    if (by) { event.preventDefault(); move(one, by); }
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(Number(one.dataset.n)); }
  });
  document.querySelector(".first")?.addEventListener("click", event => {
    const link = event.target.closest('a[href^="#page-"]');
    if (link) { event.preventDefault(); page(link.getAttribute("href").slice(6)); }
  });
  sort();
  filter();
  if (location.hash.startsWith("#page-")) page(location.hash.slice(6));
})();
