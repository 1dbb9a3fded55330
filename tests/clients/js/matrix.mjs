// Rows of the matrix (matrix.py) from the JavaScript SDKs.

import { appendFileSync } from "node:fs";

/** Writes a row. */
function note(client, version, call, outcome, why = "") {
  const rows = process.env.RINGFENCE_MATRIX;
  if (rows) appendFileSync(rows, JSON.stringify({ client, version, call, outcome, why }) + "\n");
}

/** Reads a list to its end; anything else is returned as it is. */
async function whole(answer) {
  if (typeof answer?.byPage !== "function") return answer;
  const found = [];
  for await (const item of answer) found.push(item);
  return found;
}

/** Returns an operation group whose calls become rows. A 501 is returned as null; another refusal is the test's to judge. */
export function watched(group, client, version, prefix) {
  return new Proxy(group, {
    get(target, name) {
      if (typeof target[name] !== "function") return target[name];
      return async (...words) => {
        try {
          const answer = await whole(target[name](...words));
          note(client, version, `${prefix}.${name}`, "ok");
          return answer;
        } catch (error) {
          if (error.statusCode !== 501) throw error;
          note(client, version, `${prefix}.${name}`, "501", error.message);
          return null;
        }
      };
    },
  });
}
