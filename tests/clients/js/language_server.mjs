// The YAML language server of editors, driven over its standard input and output.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.RINGFENCE_NODE_CLIENTS, "package.json"));
const rpc = require("vscode-jsonrpc/node");

const capabilities = {
  workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
    hover: { contentFormat: ["markdown"] },
  },
};

/** Returns the settings of an editor that reads each YAML file with this schema, and no other schema. */
function settingsFor(schema) {
  const yaml = { validate: true, hover: true, completion: true };
  yaml.schemas = { [pathToFileURL(schema).href]: "*.yaml" };
  yaml.schemaStore = { enable: false };
  yaml.kubernetesCRDStore = { enable: false };
  return { yaml };
}

/** Starts a language server that knows this schema. */
export async function startLanguageServer(schema) {
  const program = require.resolve("yaml-language-server/bin/yaml-language-server");
  const child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(child.stdout),
    new rpc.StreamMessageWriter(child.stdin),
  );
  const settings = settingsFor(schema);
  connection.onRequest("workspace/configuration", ({ items }) =>
    items.map(({ section }) => section.split(".").reduce((value, key) => value?.[key], settings) ?? null),
  );
  connection.onRequest("client/registerCapability", () => null);
  // The server sends the findings of a document once it has read it.
  const opened = new Map();
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) =>
    opened.get(uri)?.(diagnostics),
  );
  connection.listen();
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities });
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("workspace/didChangeConfiguration", { settings });

  async function open(text) {
    // Beside the schema, which the first line of a spec may name.
    const uri = pathToFileURL(path.join(path.dirname(schema), `${opened.size}.yaml`)).href;
    const diagnostics = new Promise((resolve) => opened.set(uri, resolve));
    const textDocument = { uri, languageId: "yaml", version: 1, text };
    await connection.sendNotification("textDocument/didOpen", { textDocument });
    return { textDocument: { uri }, diagnostics: await diagnostics };
  }
  return {
    /** Returns the findings in a document. */
    async diagnose(text) {
      return (await open(text)).diagnostics;
    },
    /** Returns what the editor offers at the end of a document. */
    async complete(text) {
      const { textDocument } = await open(text);
      const lines = text.split("\n");
      const position = { line: lines.length - 1, character: lines.at(-1).length };
      return (await connection.sendRequest("textDocument/completion", { textDocument, position })).items;
    },
    /** Returns the help for a place in a document, as Markdown. */
    async hover(text, offset) {
      const { textDocument } = await open(text);
      const before = text.slice(0, offset).split("\n");
      const position = { line: before.length - 1, character: before.at(-1).length };
      return (await connection.sendRequest("textDocument/hover", { textDocument, position }))?.contents.value ?? "";
    },
    stop() {
      connection.dispose();
      child.kill();
    },
  };
}
