// The pages of `-o html` in a real browser: opened from a file, judged by axe, used with the keyboard, printed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { fleet } from "./fleet.mjs";

// The packages are in a folder of the cache.
const packages = createRequire(join(process.env.RINGFENCE_HTML_PACKAGES, "package.json"));
const puppeteer = packages("puppeteer-core");
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "ringfence-html-"));
const LARGE = 5000;
let browser;

// Writes the page of a command over a fleet of some size, and returns its path.
function write(command, number, ...flags) {
  const { spec, state } = fleet(number);
  const file = (end) => join(folder, `${command}-${number}.${end}`);
  writeFileSync(file("yaml"), spec);
  writeFileSync(file("json"), state);
  const words = [command, file("yaml"), `--sandbox=${file("json")}`, "-o", `html=${file("html")}`, ...flags];
  // The environment of the one who runs this says nothing.
  const options = { env: { HOME: folder, PATH: process.env.PATH }, stdio: "ignore", cwd: folder };
  try {
    execFileSync(process.env.RINGFENCE_BIN, words, options);
  } catch (error) {
    // Drift and refusals have exit codes of their own.
    assert.ok([2, 3, 4].includes(error.status), `${words.join(" ")}: ${error.status}`);
  }
  return file("html");
}

async function open(path, { script = true, scheme = "light", hash = "" } = {}) {
  const page = await browser.newPage();
  const troubles = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) troubles.push(request.url());
  });
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  await page.setViewport({ width: 1280, height: 900 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(path).href + hash, { waitUntil: "load" });
  return { page, troubles };
}

async function shot(page, name) {
  if (process.env.RINGFENCE_SCREENSHOTS) {
    await page.screenshot({ path: join(process.env.RINGFENCE_SCREENSHOTS, `${name}.png`) });
  }
}

const count = (page, selector) => page.$$eval(selector, (found) => found.filter((one) => one.checkVisibility()).length);
const text = (page, selector) => page.$eval(selector, (found) => found.textContent);

// Filters act in the next frame.
const settled = (page) => page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
}));

before(async () => {
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"];
  browser = await puppeteer.launch({ executablePath: process.env.RINGFENCE_CHROMIUM, args });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

test("pages of every command are accessible in light and dark", async () => {
  for (const [command, number, ...flags] of [["audit", 1], ["audit", 100], ["plan", 1], ["plan", 100], ["apply", 9, "--yes"]]) {
    const path = write(command, number, ...flags);
    for (const scheme of ["light", "dark"]) {
      const { page, troubles } = await open(path, { scheme });
      await page.evaluate(axe);
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
      const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: values }), tags);
      const found = violations.map((one) => `${one.id}: ${one.nodes[0].html} ${one.nodes[0].failureSummary}`);
      assert.deepEqual(found, [], `${command} ${number} ${scheme}`);
      assert.deepEqual(troubles, [], `${command} ${number} ${scheme}`);
      await shot(page, `${command}-${number}-${scheme}`);
      await page.close();
    }
  }
});

test("pictures show what comes and goes", async () => {
  const { page } = await open(write("plan", 1));
  const paths = await page.$$eval("article:first-of-type svg", (all) => all.map((svg) => [...svg.children].map((path) => `${path.localName} ${path.className.baseVal}`.trim())));
  assert.deepEqual(paths, [["path", "path loss"], ["path", "path gain"]]);
  await page.close();
});

test("content needs no script", async () => {
  const { page } = await open(write("audit", 100), { script: false });
  assert.equal(await count(page, "article"), 100);
  assert.equal(await count(page, "#page-filters"), 0);
  assert.ok(await count(page, ".findings li") > 100);
  await page.close();
});

test("filters show what they say", async () => {
  const { page } = await open(write("audit", 100));
  const all = await text(page, "#page-count");
  assert.match(all, /^Registries shown: 100 of 100\. /);
  await page.type("input[type=search]", "fleet00007");
  await settled(page);
  assert.equal(await count(page, "article"), 1);
  assert.match(await text(page, "#page-count"), /^Registries shown: 1 of 100\. /);
  await page.click("button[type=reset]");
  await settled(page);
  assert.equal(await text(page, "#page-count"), all);
  await page.click("input[value=error]");
  await settled(page);
  assert.equal(await count(page, "article.error"), 0);
  assert.equal(await count(page, ".cells a.hides"), await page.$$eval("article.error", (found) => found.length));
  await page.close();
});

test("links lead to a registry and to a rule", async () => {
  const path = write("audit", 100);
  const { page } = await open(path, { hash: "#registry/fleet00042" });
  assert.equal(await text(page, "article:target h3 a"), "fleet00042");
  const rule = await page.$eval("#page-rules tbody tr:nth-child(2)", (row) => row.id);
  await page.evaluate((name) => { location.hash = name; }, rule);
  await page.waitForFunction((name) => document.querySelector("select").value === name, {}, rule);
  const shown = await page.$$eval(".findings li", (found) => found.filter((one) => one.checkVisibility()).map((one) => [...one.querySelectorAll("a")].map((link) => link.hash)));
  assert.ok(shown.length > 0 && shown.every((links) => links.includes(`#${rule}`)), `${rule}: ${shown}`);
  await page.close();
});

test("a link that is not UTF-8 leads nowhere", async () => {
  const { page, troubles } = await open(write("audit", 1), { hash: "#%E0%A4%A" });
  await settled(page);
  assert.deepEqual(troubles, []);
  await page.close();
});

test("a keyboard reaches links, filters and copies", async () => {
  const { page } = await open(write("audit", 1));
  // Buttons are made when their part of the page is seen.
  await page.waitForSelector(".copy");
  const reached = [];
  for (let at = 0; at < 30; at += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.className}`.trim());
    reached.push(name);
    if (name === "BUTTON copy") break;
  }
  assert.equal(reached.at(-1), "BUTTON copy", reached.join(", "));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^(Copied|Selected)$/.test(document.activeElement.textContent));
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.close();
});

test("printed, the page is a document", async () => {
  const { page } = await open(write("plan", 9));
  await page.emulateMediaType("print");
  assert.equal(await count(page, "form, nav, .copy"), 0);
  assert.equal(await page.$eval(".chunk", (one) => getComputedStyle(one).contentVisibility), "visible");
  const pdf = await page.pdf();
  assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), "%PDF-");
  await page.close();
});

test("hostile names of a spec stay text", async () => {
  const { page, troubles } = await open(write("plan", 9));
  assert.match(await text(page, "main"), /<\/script><b>offices<\/b>/);
  assert.deepEqual(troubles, []);
  await page.close();
});

test("5,000 registries are few bytes and elements", async () => {
  const path = write("audit", LARGE);
  const bytes = statSync(path).size;
  const { page, troubles } = await open(path);
  const elements = await page.evaluate(() => document.getElementsByTagName("*").length);
  const { domContentLoadedEventEnd, loadEventEnd } = await page.evaluate(() => performance.getEntriesByType("navigation")[0].toJSON());
  const times = `parsed after ${Math.round(domContentLoadedEventEnd)} ms, loaded after ${Math.round(loadEventEnd)} ms`;
  console.log(`${bytes} bytes, ${elements} elements, ${times}`);
  await shot(page, "audit-5000-light");
  // The last one is reached at once, though no card above it was laid out.
  await page.$eval("article:last-of-type", (last) => last.scrollIntoView());
  await settled(page);
  assert.ok(await page.$eval("article:last-of-type", (last) => last.getBoundingClientRect().top < innerHeight));
  assert.ok(bytes < 12_000_000 && elements < 225_000, `${bytes} bytes, ${elements} elements`);
  assert.deepEqual(troubles, []);
  await page.close();
});
