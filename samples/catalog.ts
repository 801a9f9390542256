/** The catalogue service: /items, one of them by /items/N, and an index of both at /. */
import { createServer } from "node:http";
import { type SampleEnvironment, pathOf, podIdentity, type Sample } from "./sample";

const ITEMS = [
    { id: 0, color: "ivory", department: "Garden", name: "Folding cotton hammock", price: "119.00" },
    { id: 1, color: "lime", department: "Kitchen", name: "Granite pepper mill", price: "24.90" },
    { id: 2, color: "azure", department: "Books", name: "A field guide to gates", price: "31.00" },
];

function content(pathname: string, pod: string): unknown {
    if (pathname === "/") return { sample: "catalog", pod, paths: ["/items", "/items/0"] };
    if (pathname === "/items") return ITEMS;
    const id = /^\/items\/(\d+)$/.exec(pathname)?.[1];
    return id === undefined ? undefined : ITEMS[Number(id)];
}

export const catalog: Sample = {
    summary: "HTTP: /items, /items/N",
    paths: ["/items", "/items/0"],
    create(environment: SampleEnvironment) {
        const { pod } = podIdentity(environment);
        return createServer((request, response) => {
            const pathname = pathOf(request.url);
            const body = content(pathname, pod);
            response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
            response.end(`${JSON.stringify(body ?? { error: `no ${pathname} in the catalogue` })}\n`);
        });
    },
};
