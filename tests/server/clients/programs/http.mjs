// Does the operations of a plan with Node's http.
import { createReadStream, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { basename } from "node:path";

const plan = process.argv[2];
const agent = new Agent({ keepAlive: true });

function send(operation) {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": operation.type };
    let body = readFileSync(operation.file);
    if (operation.form) {
      const boundary = "boundary-of-node";
      headers["Content-Type"] = `multipart/form-data; boundary=${boundary}`;
      const name = `name="${operation.form}"; filename="${basename(operation.file)}"`;
      body = Buffer.concat([
        Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${name}\r\n\r\n`),
        body,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]);
    }
    if (!operation.streamed) headers["Content-Length"] = body.length;
    if (operation.header[0]) headers[operation.header[0]] = operation.header[1];
    const sent = request(operation.url, { method: "POST", headers, agent }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve([response.statusCode, Buffer.concat(parts)]));
    });
    sent.on("error", reject);
    if (operation.streamed) createReadStream(operation.file).pipe(sent);
    else sent.end(body);
  });
}

for (const line of readFileSync(plan, "utf8").trim().split("\n")) {
  const operation = JSON.parse(line);
  const found = { statuses: [], body: "", fault: "" };
  try {
    for (let i = 0; i < operation.times; i++) {
      const [status, body] = await send(operation);
      found.statuses.push(status);
      found.body = body.toString("base64");
    }
  } catch (error) {
    found.fault = `${error}`;
  }
  console.log(JSON.stringify(found));
}
agent.destroy();
