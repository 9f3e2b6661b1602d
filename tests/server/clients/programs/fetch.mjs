// Does the operations of a plan with Node's fetch (undici).
import { createReadStream, readFileSync } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";

const plan = process.argv[2];

function body(operation) {
  if (operation.form) {
    const form = new FormData();
    const blob = new Blob([readFileSync(operation.file)], { type: operation.type });
    form.append(operation.form, blob, basename(operation.file));
    return form;
  }
  if (operation.streamed) return Readable.toWeb(createReadStream(operation.file));
  return readFileSync(operation.file);
}

for (const line of readFileSync(plan, "utf8").trim().split("\n")) {
  const operation = JSON.parse(line);
  const found = { statuses: [], body: "", fault: "" };
  const headers = operation.form ? {} : { "Content-Type": operation.type };
  if (operation.header[0]) headers[operation.header[0]] = operation.header[1];
  try {
    for (let i = 0; i < operation.times; i++) {
      const response = await fetch(operation.url, {
        method: "POST",
        headers,
        body: body(operation),
        duplex: "half",
      });
      found.body = Buffer.from(await response.arrayBuffer()).toString("base64");
      found.statuses.push(response.status);
    }
  } catch (error) {
    found.fault = `${error} ${error.cause ?? ""}`;
  }
  console.log(JSON.stringify(found));
}
