/** What runs in a container's network beside it: clients and a backend, as scripts for Node. */

/** Prints status and body of one request: METHOD-less GET of a URL, with a Host and the CA to trust. */
export const CLIENT = `
const [, url, host, ca] = process.argv;
const client = require(url.startsWith("https") ? "node:https" : "node:http");
const request = client.get(url, { headers: { host }, servername: host, ...(ca ? { ca: require("node:fs").readFileSync(ca) } : {}) }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (text) => { body += text; }).on("end", () => console.log(response.statusCode + " " + body.trim()));
});
request.on("error", (error) => { console.error(error.message); process.exit(1); });
`;

/** Answers "hello" at once, and /slow when a line comes on standard input; says when it listens and when it is asked. */
export const BACKEND = `
const waiting = [];
require("node:http").createServer((request, response) => {
    console.log(request.url);
    if (request.url === "/slow") waiting.push(response);
    else response.end("hello");
}).listen(9000, "127.0.0.1", () => console.log("listening"));
process.stdin.on("data", () => { for (const response of waiting.splice(0)) response.end("finished"); });
`;

/** Objects for a proxy whose one backend is on loopback. */
export function objects(certificate: { readonly cert: string; readonly key: string }): string {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: default }
spec:
  selector: { istio: edge }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: [web.example.com]
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [web.example.com]
      tls: { mode: SIMPLE, credentialName: web }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default }
spec:
  hosts: [web.example.com]
  gateways: [web]
  http:
    - route:
        - destination: { host: backend.example.com, port: { number: 80 } }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: backend, namespace: default }
spec:
  hosts: [backend.example.com]
  ports: [{ number: 80, name: http, protocol: HTTP, targetPort: 9000 }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1 }]
---
apiVersion: v1
kind: Secret
metadata: { name: web, namespace: default }
type: kubernetes.io/tls
data:
  tls.crt: ${base64(certificate.cert)}
  tls.key: ${base64(certificate.key)}
`;
}
