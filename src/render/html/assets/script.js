"use strict";
// Filters registries and findings, follows links to them, and copies commands. The page is whole without it.
(() => {
  const form = document.getElementById("page-filters");
  const status = document.getElementById("page-count");
  const chunks = [...document.querySelectorAll(".chunk")];
  const articles = [...document.querySelectorAll("article")];
  const cells = new Map();
  for (const cell of document.querySelectorAll(".cells a")) cells.set(cell.hash.slice(1), cell);
  const number = new Intl.NumberFormat("en");

  // The text of an article is read once, when the first filter needs it.
  const texts = new WeakMap();
  const textOf = (article) => {
    if (!texts.has(article)) texts.set(article, article.textContent.toLowerCase());
    return texts.get(article);
  };

  // The rules of each finding of an article, by the links to them. They are read once, too.
  const rules = new WeakMap();
  const rulesOf = (article) => {
    if (!rules.has(article)) {
      const items = [...article.querySelectorAll(".findings li")];
      const ofItem = (item) => [...item.querySelectorAll("a, [data-rule]")].map((link) => link.dataset.rule ?? link.getAttribute("href").slice(1));
      rules.set(article, items.map((item) => [item, ofItem(item)]));
    }
    return rules.get(article);
  };

  const apply = () => {
    const data = new FormData(form);
    const words = (data.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const rule = data.get("rule") || "";
    const levels = new Set(data.getAll("level"));
    let shown = 0;
    let findings = 0;
    for (const article of articles) {
      let open = 0;
      for (const [item, all] of rulesOf(article)) {
        const fitting = rule === "" ? all : all.filter((one) => one === rule);
        item.hidden = fitting.length === 0;
        open += item.className === "accepted" ? 0 : fitting.length;
      }
      const fits = levels.has(article.className)
        && (rule === "" || article.querySelector(".findings li:not([hidden])"))
        && words.every((word) => textOf(article).includes(word));
      article.hidden = !fits;
      cells.get(article.id)?.classList.toggle("hides", !fits);
      shown += fits ? 1 : 0;
      findings += fits ? open : 0;
    }
    // A chunk that is not laid out keeps its height, also where nothing in it is shown.
    for (const chunk of chunks) chunk.hidden = !chunk.querySelector("article:not([hidden])");
    const of = number.format(articles.length);
    status.textContent = `Registries shown: ${number.format(shown)} of ${of}. Findings: ${number.format(findings)}.`;
  };

  let waiting = 0;
  const later = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(apply);
  };

  // Returns the name that a link leads to. One that is not UTF-8 leads nowhere.
  const named = (hash) => {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return "";
    }
  };

  // A link to a rule shows its findings; a link to a registry that a filter hides shows all.
  const follow = () => {
    const name = named(location.hash);
    const option = form.elements.rule && [...form.elements.rule.options].find((one) => one.value === name);
    if (name !== "" && option) {
      form.elements.rule.value = name;
      apply();
      return;
    }
    const target = document.getElementById(name);
    if (target?.hidden) {
      form.reset();
      apply();
      target.scrollIntoView();
    }
  };

  const addCopy = (code) => {
    if (code.nextElementSibling?.className === "copy") return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${code.textContent}`);
    code.after(button);
  };
  const copy = async (button) => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // Without access to the clipboard, the command is selected for the user's own copy.
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  };

  // Buttons are made where the reader is: a big report has thousands of commands.
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      for (const code of entry.target.querySelectorAll(".findings p code, .command")) {
        if (/^(ringfence|az) /.test(code.textContent)) addCopy(code);
      }
    }
  }, { rootMargin: "400px" });
  seen.observe(document.querySelector("header"));
  chunks.forEach((chunk) => seen.observe(chunk));

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copy(button);
  });
  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest(".signs a");
    if (cell && cell.title === "") cell.title = cell.textContent;
  });
  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields have their first values after the event.
  form.addEventListener("reset", later);
  addEventListener("hashchange", follow);

  form.hidden = false;
  follow();
})();
