/**
 * The web application: a catalogue under /api/catalog, the paths of httpbin that people try gateways with (/status/N,
 * /delay/SECONDS, /headers), a WebSocket echo at /ws, and for every other path what the request looked like on arrival.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type SampleEnvironment, pathOf, podIdentity, type Sample } from "./sample";
import { acceptWebSocket } from "./websocket";

const CATALOG = [
    { id: 0, color: "teal", department: "Clothing", name: "Small metal shoes", price: "232.00" },
    { id: 1, color: "plum", department: "Games", name: "Handmade wooden chess set", price: "58.50" },
];
const LONGEST_DELAY_S = 10;

function json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
}

/** What arrived, counted rather than kept: a body of any size costs the same memory. */
function echo(request: IncomingMessage, response: ServerResponse, pod: string): void {
    let bodyBytes = 0;
    request.on("data", (chunk: Buffer) => {
        bodyBytes += chunk.length;
    });
    request.on("end", () => {
        json(response, 200, { sample: "web", pod, method: request.method, path: request.url, headers: request.headers, bodyBytes });
    });
}

function answer(request: IncomingMessage, response: ServerResponse, pod: string): void {
    const pathname = pathOf(request.url);
    const [, first = "", second = ""] = pathname.split("/");
    const number = Number(second);
    if (pathname === "/api/catalog") return json(response, 200, CATALOG);
    if (pathname === "/headers") return json(response, 200, { headers: request.headers });
    if (first === "status" && Number.isInteger(number) && number >= 200 && number <= 599) {
        response.writeHead(number).end();
        return;
    }
    if (first === "delay" && second !== "" && number >= 0) {
        setTimeout(() => json(response, 200, { delayed: number }), Math.min(number, LONGEST_DELAY_S) * 1000);
        return;
    }
    echo(request, response, pod);
}

export const web: Sample = {
    summary: "HTTP: /api/catalog, /status/N, /delay/SECONDS, /headers, /ws (WebSocket echo); any other path tells the request back",
    paths: ["/api/catalog", "/status/200", "/delay/1", "/headers"],
    create(environment: SampleEnvironment) {
        const { pod } = podIdentity(environment);
        const server = createServer((request, response) => answer(request, response, pod));
        server.on("upgrade", (request: IncomingMessage, socket, head: Buffer) => acceptWebSocket(request, socket, head));
        return server;
    },
};
