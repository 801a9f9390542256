/** What a run says of itself in its folder, for other commands: the proxies that it has, while it has them. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isRecord } from "../../istio";
import { isAlive } from "./alive";

export interface LocalProxy {
    readonly namespace: string;
    readonly name: string;
    readonly kind: string;
    /** A URL. */
    readonly admin: string;
}

const FILE = "proxies.json";

export function writeRun(folder: string, proxies: readonly LocalProxy[]): void {
    const written = proxies.map(({ namespace, name, kind, admin }) => ({ namespace, name, kind, admin }));
    writeFileSync(path.join(folder, FILE), `${JSON.stringify({ pid: process.pid, proxies: written }, null, 2)}\n`, { mode: 0o600 });
}

export function forgetRun(folder: string): void {
    rmSync(path.join(folder, FILE), { force: true });
}

/** Nothing where there is no run, or its process is gone. */
export function readRun(folder: string): LocalProxy[] {
    try {
        const read: unknown = JSON.parse(readFileSync(path.join(folder, FILE), "utf8"));
        if (!isRecord(read) || typeof read["pid"] !== "number" || !isAlive(read["pid"]) || !Array.isArray(read["proxies"])) return [];
        return (read["proxies"] as unknown[]).filter(isProxy);
    } catch {
        return [];
    }
}

function isProxy(value: unknown): value is LocalProxy {
    return isRecord(value) && ["namespace", "name", "kind", "admin"].every((field) => typeof value[field] === "string");
}
